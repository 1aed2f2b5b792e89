import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { createHostResolver, type HostResolverOptions } from './host-resolver.js';
import { lookupFunction } from './lookup-function.js';
import { isLoopbackAddress, isPrivateAddress } from './public-url.js';

/**
 * An agent that connects only to public addresses. It checks the very addresses it then connects to, so changing the
 * DNS record in between (DNS rebinding) does not help an attacker. One private address among several is rejected too.
 * Names are resolved without libuv's threads, so a host whose DNS hangs delays no other request.
 */
export function createPublicOnlyAgent(connectTimeoutMs: number, dns: HostResolverOptions = {}): Agent {
  return createAgent(connectTimeoutMs, dns, isPrivateAddress);
}

/** The same agent, which connects to this machine's loopback addresses, too. */
export function createPublicOrLoopbackAgent(connectTimeoutMs: number, dns: HostResolverOptions = {}): Agent {
  return createAgent(
    connectTimeoutMs,
    dns,
    (address) => isPrivateAddress(address) && !isLoopbackAddress(address),
  );
}

function createAgent(
  connectTimeoutMs: number,
  dns: HostResolverOptions,
  isForbidden: (address: string) => boolean,
): Agent {
  const check = (addresses: readonly LookupAddress[]): Error | undefined =>
    addresses.some(({ address }) => isForbidden(address)) ? privateHost() : undefined;
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: lookupFunction(createHostResolver(dns).resolve, check),
  });
  return new Agent({
    connect(options, callback) {
      // The lookup hook never sees IP literals, because they are not looked up.
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && isForbidden(host)) callback(privateHost(), null);
      else connect(options, callback);
    },
  });
}

/** The same agent without restriction of addresses. */
export function createUnrestrictedAgent(connectTimeoutMs: number, dns: HostResolverOptions = {}): Agent {
  return new Agent({
    connect: { timeout: connectTimeoutMs, lookup: lookupFunction(createHostResolver(dns).resolve) },
  });
}

function privateHost(): Error {
  return Object.assign(new Error('the host has a private address'), { code: 'EPRIVATE' });
}
