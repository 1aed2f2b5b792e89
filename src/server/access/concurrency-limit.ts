import type { onRequestHookHandler } from 'fastify';
import { createKeyedSemaphore } from '../../lib/keyed-semaphore.js';
import { rateLimited } from '../../swap/errors.js';
import type { AddressReader } from './client-address.js';

/** A hook for routes with large responses: limits concurrent responses per address, and rejects others with 429. */
export type ConcurrencyLimit = onRequestHookHandler;

/** @param perAddress limit on unfinished responses, over all routes that share the hook */
export function createConcurrencyLimit(perAddress: number, readAddress: AddressReader): ConcurrencyLimit {
  const semaphore = createKeyedSemaphore(perAddress);
  return (request, reply, done) => {
    const address = readAddress(request.raw);
    if (!semaphore.tryAcquire(address)) {
      done(rateLimited('Too many concurrent responses.', 1000));
      return;
    }
    reply.raw.once('close', () => semaphore.release(address));
    done();
  };
}
