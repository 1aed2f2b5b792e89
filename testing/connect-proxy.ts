import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ConnectProxy {
  /** With these credentials, if there are any. */
  url: string;
  port: number;
  /** What was asked for, in order: host and port, and the header with the credentials. */
  connects: { authority: string; authorization: string | undefined }[];
  /** From now on, every request gets this status, or with 0 no response; undefined: it connects. */
  refuse(status: number | undefined): void;
  /** Requests other than CONNECT so far. */
  others(): number;
}

/**
 * A proxy that knows only CONNECT, closed after the test.
 *
 * @param routes local port by authority, since tests do not leave this machine; all others get 502
 * @param port default: a free one
 */
export async function startConnectProxy(
  routes: Record<string, number | string>,
  { credentials = '', port = 0 }: { credentials?: string; port?: number } = {},
): Promise<ConnectProxy> {
  const connects: ConnectProxy['connects'] = [];
  const sockets = new Set<Socket>();
  let others = 0;
  let status: number | undefined;
  const server = createServer((_request: IncomingMessage, response: ServerResponse) => {
    others += 1;
    response.writeHead(405).end();
  });
  server.on('connect', (request, near: Socket, head: Buffer) => {
    const authority = request.url ?? '';
    near.on('error', () => undefined);
    sockets.add(near);
    connects.push({ authority, authorization: request.headers['proxy-authorization'] });
    if (status === 0) return;
    const target = Number(routes[authority]);
    if (status !== undefined || Number.isNaN(target)) {
      near.end(`HTTP/1.1 ${status ?? 502} Refused\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const far = connect(target, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connected\r\n\r\n');
      far.write(head);
      far.pipe(near).pipe(far);
    });
    sockets.add(far);
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://${credentials && `${credentials}@`}127.0.0.1:${listening}`,
    port: listening,
    connects,
    refuse(next) {
      status = next;
    },
    others: () => others,
  };
}
