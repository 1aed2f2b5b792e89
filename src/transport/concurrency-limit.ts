import type { onRequestHookHandler } from 'fastify';
import type { AddressReader } from './client-address.js';
import { createPlaces } from './places.js';
import { refuseForNow } from './refusal.js';

/** A hook for routes whose answers are large: as many at one time as an address may have, 429 for more. */
export type ConcurrencyLimit = onRequestHookHandler;

/** @param perAddress answers that are not written to the end yet, over all routes that have the hook */
export function createConcurrencyLimit(perAddress: number, readAddress: AddressReader): ConcurrencyLimit {
  const places = createPlaces(perAddress);
  return (request, reply, done) => {
    const address = readAddress(request.raw);
    if (!places.enter(address)) {
      done(refuseForNow('Too many answers at one time.', 1000));
      return;
    }
    reply.raw.once('close', () => places.leave(address));
    done();
  };
}
