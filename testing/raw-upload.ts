import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawUpload {
  socket: Socket;
  /** Everything received so far. */
  answer(): string;
  /** The response's status, as soon as it arrives. */
  status: Promise<number>;
  closed: Promise<void>;
}

const boundary = 'x0x';
export const formStart = `--${boundary}\r\ncontent-disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n`;
export const formEnd = `\r\n--${boundary}--\r\n`;

/** An upload written byte by byte: sends the head of the request and none of its body. */
export async function openRawUpload(
  { url }: { url: string },
  length: number,
  headers: Record<string, string> = {},
): Promise<RawUpload> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  let answer = '';
  const status = new Promise<number>((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      const [, code] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
      if (code !== undefined) resolve(Number(code));
    });
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  const lines = Object.entries({
    host: `${hostname}:${port}`,
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': String(length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /uploads HTTP/1.1\r\n${lines.join('')}\r\n`);
  return { socket, answer: () => answer, status, closed };
}
