import { request as requestOverHttp } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { buildConnector } from 'undici';
import type { Destination, Proxies, ProxyServer } from './proxies.js';

export interface ConnectorOptions {
  /** Timeout of a connection, milliseconds. Through a proxy, of the connection up to the proxy's consent. */
  timeoutMs: number;
  /** Further options of direct connections, and of TLS. */
  socket?: Omit<ConnectionOptions, 'timeout'> & { allowH2?: boolean };
  proxies?: Proxies | undefined;
  /**
   * The address that the proxy is asked to connect to. Absent: the proxy gets the name, and resolves it.
   * @throws Error if nobody may connect there
   */
  resolve?: (hostname: string) => Promise<string>;
}

/**
 * Connects for undici, directly or through a proxy. Through a proxy, `http:` is tunneled too: the proxy sees no request, only the
 * destination. TLS checks the certificate against the host name in any case.
 */
export function createConnector({
  timeoutMs,
  socket: socketOptions = {},
  proxies,
  resolve = async (hostname) => hostname,
}: ConnectorOptions): buildConnector.connector {
  const direct = buildConnector({ ...socketOptions, timeout: timeoutMs });
  if (!proxies) return direct;
  return (options, callback) => {
    const { protocol, hostname, port } = options;
    const proxy = proxies.find({ protocol, hostname, port });
    if (!proxy) return direct(options, callback);
    const host = bare(hostname);
    resolve(host)
      .then((target) => openTunnel(proxy, authorityOf(target, { protocol, port }), timeoutMs))
      .then(
        (tunnel) => {
          if (protocol === 'https:') direct({ ...options, httpSocket: tunnel }, callback);
          else callback(null, tunnel.setNoDelay(true));
        },
        (error: unknown) => callback(asError(error), null),
      )
      // The callback threw: the connection fails by its timeout, and the process goes on.
      .catch(() => undefined);
    return undefined;
  };
}

/** The proxy did not connect. Nothing was sent to the destination. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code = 'EPROXY';
}

/**
 * Asks a proxy for a connection to `authority`.
 * @throws ProxyError, whose message names neither the proxy's credentials nor the destination
 */
export function openTunnel(
  { protocol, hostname, port, authorization }: ProxyServer,
  authority: string,
  timeoutMs: number,
): Promise<Socket> {
  const open = protocol === 'https:' ? requestOverHttps : requestOverHttp;
  return new Promise((resolve, reject) => {
    const request = open({
      method: 'CONNECT',
      hostname,
      port,
      path: authority,
      agent: false,
      headers: {
        host: authority,
        ...(authorization !== undefined && { 'proxy-authorization': authorization }),
      },
    });
    const fail = (reason: string): void => {
      reject(new ProxyError(`the proxy did not connect: ${reason}`));
      request.destroy();
    };
    const timer = setTimeout(() => fail('timeout'), timeoutMs);
    request
      .on('connect', ({ statusCode = 0 }, socket: Socket, head) => {
        clearTimeout(timer);
        if (statusCode < 200 || statusCode > 299) {
          socket.destroy();
          fail(`HTTP ${statusCode}`);
          return;
        }
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      })
      // A proxy that knows no CONNECT responds like a server.
      .on('response', ({ statusCode }) => fail(`HTTP ${statusCode}`))
      .on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.name))
      .on('close', () => clearTimeout(timer));
    request.end();
  });
}

/** Host and port, for `CONNECT`. */
export function authorityOf(
  host: string,
  { protocol, port }: Pick<Destination, 'protocol' | 'port'>,
): string {
  const named = isIP(host) === 6 ? `[${host}]` : host;
  return `${named}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
