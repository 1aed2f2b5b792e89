import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { createHostResolver, type HostResolverOptions } from './host-resolver.js';
import { lookupFunction } from './lookup-function.js';
import { isPrivateAddress } from './public-url.js';

/**
 * An agent that connects to public addresses only. The check is made on the very addresses that are then connected to,
 * so a name that resolves to another one a moment later gains nothing. One private address among several is refused too.
 * Names are resolved without libuv's threads, so hosts whose DNS hangs delay nobody else.
 */
export function createPublicOnlyAgent(connectTimeoutMs: number, dns: HostResolverOptions = {}): Agent {
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: lookupFunction(createHostResolver(dns).resolve, refusePrivate),
  });
  return new Agent({
    connect(options, callback) {
      // IP literals are not looked up, so the lookup hook never sees them.
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && isPrivateAddress(host)) callback(privateHost(), null);
      else connect(options, callback);
    },
  });
}

/** The same for any address. */
export function createUnrestrictedAgent(connectTimeoutMs: number, dns: HostResolverOptions = {}): Agent {
  return new Agent({
    connect: { timeout: connectTimeoutMs, lookup: lookupFunction(createHostResolver(dns).resolve) },
  });
}

function refusePrivate(addresses: readonly LookupAddress[]): Error | undefined {
  return addresses.some(({ address }) => isPrivateAddress(address)) ? privateHost() : undefined;
}

function privateHost(): Error {
  return Object.assign(new Error('the host has a private address'), { code: 'EPRIVATE' });
}
