import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { HostileResponse } from './responses.ts';

/** ModelsLab, the host of its pictures and the clients' webhook receivers in one server, whose responses the cases define. */
export interface HostileHost {
  url: string;
  close(): Promise<void>;
}

/** @param path without the query @param body as text */
export type Answerer = (path: string, body: string) => HostileResponse;

export async function startHostileHost(answer: Answerer): Promise<HostileHost> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
      const [head = '', body] = received.split(/\r\n\r\n(.*)/s);
      if (body === undefined) return;
      const [, length = '0'] = /^content-length: *(\d+)/im.exec(head) ?? [];
      if (body.length < Number(length)) return;
      received = '';
      const [, path = ''] = /^[A-Z]+ ([^ ?]*)/.exec(head) ?? [];
      send(socket, answer(path, Buffer.from(body, 'latin1').toString()));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(socket: Socket, { head, body, resetAfter }: HostileResponse): void {
  if (resetAfter === undefined) {
    socket.write(head);
    socket.end(body);
    return;
  }
  const bytes = Buffer.concat([Buffer.from(head), body]).subarray(0, resetAfter);
  socket.write(bytes, () => socket.resetAndDestroy());
}
