import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { Case } from './cases.ts';

export interface Victim {
  url: string;
  key: string;
  isAlive(): boolean;
}

/** Timeout of a client; whether there is a response is not what is tested. */
const patienceMs = 5000;
const inWords = /INTERNAL_SERVER_ERROR/;

/** Plays a case that comes from a client. @returns a violation, or undefined */
export async function attack(
  victim: Victim,
  attackCase: Exclude<Case, { entrance: 'upstream' }>,
): Promise<string | undefined> {
  if (attackCase.entrance === 'socket') return attackSocket(victim, attackCase);
  const { body, end } = attackCase;
  const { host } = new URL(victim.url);
  const head =
    attackCase.entrance === 'http'
      ? attackCase.head.replace('HOST', host).replace('KEY', victim.key)
      : `POST /uploads HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${victim.key}\r\nContent-Type: ${attackCase.headers}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return judgeHttp(await exchange(victim.url, Buffer.concat([Buffer.from(head), body]), end));
}

/** Writes bytes to a connection. @returns what was received until the first response was complete, the end, or the timeout */
async function exchange(url: string, bytes: Buffer, end: boolean): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  let received = '';
  socket.setEncoding('latin1');
  const timer = setTimeout(() => socket.destroy(), patienceMs);
  socket.on('data', (chunk: string) => {
    received += chunk;
    if (isWhole(received)) socket.destroy();
  });
  if (end) socket.end(bytes.subarray(0, bytes.length / 2));
  else socket.write(bytes);
  await once(socket, 'close').catch(() => undefined);
  clearTimeout(timer);
  return received;
}

function isWhole(received: string): boolean {
  const [head = '', body] = received.split(/\r\n\r\n(.*)/s);
  if (body === undefined || /^HTTP\/1\.1 100/.test(head)) return false;
  const [, length] = /^content-length: *(\d+)/im.exec(head) ?? [];
  return length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length);
}

export function judgeHttp(answer: string): string | undefined {
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? [];
  if (status === '500') return `answered 500: ${answer.slice(0, 300)}`;
  return inWords.test(answer) ? `responded with an internal error: ${answer.slice(-300)}` : undefined;
}

async function attackSocket(
  { url, key, isAlive }: Victim,
  { init, messages, frames }: Extract<Case, { entrance: 'socket' }>,
): Promise<string | undefined> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const timer = setTimeout(() => socket.terminate(), patienceMs);
  let problem: string | undefined;
  socket.on('error', () => undefined);
  socket.on('message', (data) => {
    const text = String(data);
    if (inWords.test(text)) problem = `sent ${text.slice(0, 300)}`;
    if (text.includes('"type":"pong"') && text.includes('"the last"')) socket.close();
  });
  socket.on('open', () => {
    if (init !== undefined) socket.send(init.replace('KEY', key));
    for (const message of messages) socket.send(message);
    socket.send('{"type":"ping","payload":{"is":"the last"}}');
    // Raw frames, which no client library would send.
    if (frames) (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(frames);
  });
  const code = await new Promise<number>((resolve) => socket.once('close', resolve));
  clearTimeout(timer);
  if (code === 4500 || code === 1011) problem ??= `closed with ${code}`;
  if (code === 1006 && !isAlive()) problem ??= 'the connection was lost';
  return problem;
}
