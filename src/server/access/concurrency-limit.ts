import type { onRequestHookHandler } from 'fastify';
import { rateLimited } from '../../swap/errors.js';
import type { AddressReader } from './client-address.js';
import { createKeyedSemaphore } from './keyed-semaphore.js';

/** A hook for routes with large responses: limits concurrent ones per address, and answers 429 beyond that. */
export type ConcurrencyLimit = onRequestHookHandler;

/** @param perAddress limit on unfinished responses, over all routes that share the hook */
export function createConcurrencyLimit(perAddress: number, readAddress: AddressReader): ConcurrencyLimit {
  const places = createKeyedSemaphore(perAddress);
  return (request, reply, done) => {
    const address = readAddress(request.raw);
    if (!places.tryAcquire(address)) {
      done(rateLimited('Too many answers at one time.', 1000));
      return;
    }
    reply.raw.once('close', () => places.release(address));
    done();
  };
}
