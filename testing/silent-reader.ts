import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SilentReader {
  socket: Socket;
  /** Resolves when the connection is closed; a socket that reads nothing notices only when it writes. */
  closed: Promise<void>;
}

/** A client that sends a request and reads none of the response until its socket is resumed. */
export async function openSilentReader(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<SilentReader> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.pause();
  const lines = Object.entries({ host: `${hostname}:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return { socket, closed };
}
