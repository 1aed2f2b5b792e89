import { createKeyedSemaphore } from '../../lib/keyed-semaphore.js';

/** Limits on open connections of all transports, in total and per address. */
export interface ConnectionSlots {
  /** `ok` must be followed by one `release`. */
  take(address: string): 'ok' | 'too many from the address' | 'too many';
  release(address: string): void;
}

export function createConnectionSlots(limits: {
  maxSockets: number;
  maxSocketsPerAddress: number;
}): ConnectionSlots {
  const total = createKeyedSemaphore(limits.maxSockets);
  const byAddress = createKeyedSemaphore(limits.maxSocketsPerAddress);
  return {
    take(address) {
      if (!byAddress.tryAcquire(address)) return 'too many from the address';
      if (total.tryAcquire('')) return 'ok';
      byAddress.release(address);
      return 'too many';
    },
    release(address) {
      byAddress.release(address);
      total.release('');
    },
  };
}
