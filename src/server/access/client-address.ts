import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';

/** Returns the client address of a request, as a key for limits. */
export type AddressReader = (request: IncomingMessage) => string;

/**
 * @param trustedProxies addresses or ranges whose `X-Forwarded-For` is trusted; without any, the peer address is used
 */
export function createAddressReader(trustedProxies: readonly string[]): AddressReader {
  if (trustedProxies.length === 0) return ({ socket }) => addressKey(socket.remoteAddress ?? '');
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => addressKey(proxyAddr(request, isTrusted));
}

/** Groups IPv6 addresses by /64, which one subscriber typically has to itself. Unwraps IPv4-mapped IPv6 addresses. */
function addressKey(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])]
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}
