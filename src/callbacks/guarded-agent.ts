import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { isPrivateAddress } from '../swap/public-url.js';

/**
 * An agent that connects to public addresses only. The check is made on the very addresses that are then connected to,
 * so a name that resolves to another one a moment later gains nothing. Hosts that are addresses themselves are not looked
 * up, and must have been checked before.
 */
export function createGuardedAgent(connectTimeoutMs: number): Agent {
  return new Agent({ connect: { timeout: connectTimeoutMs, lookup: publicLookup } });
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, []);
      return;
    }
    const isPublic = addresses.length > 0 && addresses.every(({ address }) => !isPrivateAddress(address));
    if (!isPublic) {
      callback(Object.assign(new Error('the host has a private address'), { code: 'EPRIVATE' }), []);
    } else if (options.all) {
      callback(null, addresses);
    } else {
      callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    }
  });
};
