import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { authorizationOf, type Target } from './bystander.ts';

/** Peak resident memory of a process, MiB; undefined if the system does not report it. */
export const peakMemory = (pid: number | undefined): number | undefined => readMemory(pid, 'VmHWM');
/** Current resident memory of a process. */
export const residentMemory = (pid: number | undefined): number | undefined => readMemory(pid, 'VmRSS');

function readMemory(pid: number | undefined, name: 'VmHWM' | 'VmRSS'): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const [, kib] = new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
  } catch {
    return undefined;
  }
}

/** A socket after the handshake, or undefined if the handshake was rejected. */
export async function openWebSocket({ url }: Target, key?: string): Promise<WebSocket | undefined> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => undefined);
  const isOpen = await Promise.race([
    once(socket, 'open').then(
      () => true,
      () => false,
    ),
    new Promise<boolean>((resolve) => socket.once('close', () => resolve(false))),
  ]);
  if (!isOpen) return undefined;
  if (key !== undefined)
    socket.send(JSON.stringify({ type: 'connection_init', payload: authorizationOf(key) }));
  return socket;
}

/** A bare connection that sends nothing. */
export async function openConnection({ url }: Target): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port) || 80, hostname);
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** Runs `count` tasks, `width` at a time. */
export async function inParallel<T>(
  count: number,
  width: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

export interface FloodResult {
  sent: number;
  /** Responses by HTTP status. */
  answered: Map<string, number>;
}

/** Sends `count` queries over pipelined connections without waiting for responses, as fast as the gateway accepts them. */
export async function floodWithQueries(
  target: Target,
  count: number,
  connections: number,
): Promise<FloodResult> {
  const body = JSON.stringify({ query: '{ gatewayStatus { processing queued } }' });
  const answered = new Map<string, number>();
  const share = Math.ceil(count / connections);
  await inParallel(connections, connections, async (index) => {
    const key = target.attackerKeys[index % target.attackerKeys.length];
    const request = `POST /graphql HTTP/1.1\r\nHost: ${new URL(target.url).host}\r\nContent-Type: application/json\r\n${
      key === undefined ? '' : `Authorization: Bearer ${key}\r\n`
    }Content-Length: ${body.length}\r\n\r\n${body}`;
    const socket = await openConnection(target);
    let left = share;
    socket.setEncoding('latin1');
    const done = new Promise<void>((resolve) => {
      let missing = share;
      /** Too short for a status line, but possibly the start of one that continues in the next chunk. */
      let rest = '';
      socket.on('data', (chunk: string) => {
        const text = rest + chunk;
        for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
          answered.set(status, (answered.get(status) ?? 0) + 1);
          missing--;
        }
        rest = text.slice(1 - 'HTTP/1.1 200'.length);
        if (missing <= 0) resolve();
      });
      socket.once('close', () => resolve());
    });
    while (left > 0 && !socket.destroyed) {
      const block = Math.min(left, 50);
      left -= block;
      if (!socket.write(request.repeat(block))) await Promise.race([once(socket, 'drain'), done]);
    }
    await done;
    socket.destroy();
  });
  return { sent: share * connections, answered };
}
