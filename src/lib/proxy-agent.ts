import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Proxies } from './proxies.js';
import { authorityOf, openTunnel } from './proxy-connector.js';

type Connected = (error: Error | null, socket: Duplex) => void;
type DirectConnection = HttpAgent['createConnection'];

/** Timeout of a connection up to the proxy's consent. */
const timeoutMs = 10_000;

/** An agent of Node.js for programs that do not use undici: connects directly, or through a proxy. @param protocol `http:` or `https:` */
export function createProxyAgent(proxies: Proxies, protocol: string): HttpAgent {
  const agent =
    protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const direct: DirectConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options: ClientRequestArgs & RequestOptions, callback?: Connected) => {
    const destination = { protocol, hostname: options.host ?? '', port: String(options.port ?? '') };
    const proxy = proxies.find(destination);
    if (!proxy) return direct(options, callback);
    openTunnel(proxy, authorityOf(destination.hostname, destination), timeoutMs)
      .then(
        (socket) => {
          const { servername = destination.hostname } = options;
          callback?.(
            null,
            protocol === 'https:'
              ? connectTls({ ...(options as ConnectionOptions), socket, servername })
              : socket,
          );
        },
        (error: Error) => callback?.(error, undefined as unknown as Duplex),
      )
      // The callback threw: the request fails by its timeout, and the process goes on.
      .catch(() => undefined);
    return undefined;
  };
  return agent;
}
