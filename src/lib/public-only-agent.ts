import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { Agent } from 'undici';
import { createHostResolver, type HostResolverOptions } from './host-resolver.js';
import { lookupFunction } from './lookup-function.js';
import type { Proxies } from './proxies.js';
import { createConnector } from './proxy-connector.js';
import { isLoopbackAddress, isPrivateAddress } from './public-url.js';

export interface AgentOptions extends HostResolverOptions {
  /** Undefined: the agent connects directly. */
  proxies?: Proxies | undefined;
}

/**
 * An agent that connects only to public addresses. It checks the very addresses it then connects to, so changing the
 * DNS record in between (DNS rebinding) does not help an attacker. One private address among several is rejected too.
 * Names are resolved without libuv's threads, so a host whose DNS hangs delays no other request.
 *
 * A proxy is asked to connect to the address that was checked, never to the name, which it could resolve to another one.
 */
export function createPublicOnlyAgent(connectTimeoutMs: number, options: AgentOptions = {}): Agent {
  return createAgent(connectTimeoutMs, options, isPrivateAddress);
}

/** The same agent, which connects to this machine's loopback addresses, too. */
export function createPublicOrLoopbackAgent(connectTimeoutMs: number, options: AgentOptions = {}): Agent {
  return createAgent(
    connectTimeoutMs,
    options,
    (address) => isPrivateAddress(address) && !isLoopbackAddress(address),
  );
}

function createAgent(
  connectTimeoutMs: number,
  options: AgentOptions,
  isForbidden: (address: string) => boolean,
): Agent {
  const { proxies, ...dns } = options;
  const { resolve } = createHostResolver(dns);
  const check = (addresses: readonly LookupAddress[]): Error | undefined =>
    addresses.some(({ address }) => isForbidden(address)) ? privateHost() : undefined;
  const connect = createConnector({
    timeoutMs: connectTimeoutMs,
    socket: { lookup: lookupFunction(resolve, check) },
    proxies,
    async resolve(hostname) {
      const addresses = isIP(hostname) === 0 ? await resolve(hostname) : [{ address: hostname, family: 4 }];
      const problem = check(addresses);
      if (problem) throw problem;
      return addresses[0]?.address ?? hostname;
    },
  });
  return new Agent({
    connect(target, callback) {
      // The lookup hook never sees IP literals, because they are not looked up.
      const host = target.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && isForbidden(host)) callback(privateHost(), null);
      else connect(target, callback);
    },
  });
}

/** The same agent without restriction of addresses. */
export function createUnrestrictedAgent(connectTimeoutMs: number, options: AgentOptions = {}): Agent {
  const { proxies, ...dns } = options;
  const socket = { lookup: lookupFunction(createHostResolver(dns).resolve) };
  return new Agent({ connect: createConnector({ timeoutMs: connectTimeoutMs, socket, proxies }) });
}

function privateHost(): Error {
  return Object.assign(new Error('the host has a private address'), { code: 'EPRIVATE' });
}
