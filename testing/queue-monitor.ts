import { createClient } from '@redis/client';
import { onTestFinished } from 'vitest';
import type { RedisScript } from '../src/backends/redis/connection.js';
import { queueScripts } from '../src/backends/redis/scripts.js';

/** One heartbeat of an instance, and its effects until the next one. */
export interface SeenHeartbeat {
  /** Swaps accepted since the previous heartbeat. */
  accepted: number;
  /** Free capacity that it reports. */
  room: number;
  isCutOff: boolean;
  /** Swaps returned to the queue unsubmitted. */
  returned: number;
  /** Swaps that Redis assigns to it. */
  taken: number;
  calledOthers: boolean;
}

export interface SeenQueue {
  /** Heartbeats of each instance, in order. */
  instances: SeenHeartbeat[][];
  /** How often a pause of all instances was set. */
  pauses: number;
}

interface Message {
  room: number;
  isCutOff: boolean;
  requeued: unknown[];
}

/** Observes the instances' use of the queue by MONITOR. @returns reads everything up to that moment */
export async function monitorQueue(url: string, prefix: string): Promise<() => Promise<SeenQueue>> {
  const redis = createClient({ url });
  const monitor = redis.duplicate();
  await Promise.all([redis.connect(), monitor.connect()]);
  onTestFinished(() => {
    redis.destroy();
    monitor.destroy();
  });
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  await monitor.monitor((reply) => {
    const line = String(reply);
    lines.push(line);
    for (const [marker, resolve] of waiting) if (line.includes(marker)) resolve();
  });
  return async () => {
    const marker = `end-${lines.length}`;
    const hasArrived = new Promise<void>((resolve) => waiting.set(marker, resolve));
    await redis.echo(marker);
    await hasArrived;
    return readLines(lines, `${prefix}queue:`);
  };
}

function readLines(lines: readonly string[], queue: string): SeenQueue {
  const heartbeats = new Map<string, SeenHeartbeat[]>();
  /** Swaps accepted since each instance's last heartbeat. */
  const accepted = new Map<string, number>();
  const called = new Set<string>();
  let pauses = 0;
  /** MONITOR lists a script's commands after the one that runs it. */
  let current: SeenHeartbeat | undefined;
  for (const line of lines) {
    const [, source = ''] = /^\S+ \[\d+ (\S+)\]/.exec(line) ?? [];
    const [name = '', ...args] = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text);
    const [first, second, third = ''] = args;
    const command = name.toUpperCase();
    if (source === 'lua') {
      if (command === 'SET' && first === `${queue}paused`) pauses += 1;
      if (command === 'HSET' && first === `${queue}running` && third !== '' && current) current.taken += 1;
      continue;
    }
    if (command === 'PUBLISH' && first === `${queue}changes` && second === 'left') {
      // A heartbeat in flight delays the next one, not the message.
      if (accepted.has(source)) called.add(source);
      const last = heartbeats.get(source)?.at(-1);
      if (last) last.calledOthers = true;
    }
    if (isRunOf(queueScripts.add, command, first)) accepted.set(source, (accepted.get(source) ?? 0) + 1);
    current = undefined;
    if (!isRunOf(queueScripts.heartbeat, command, first)) continue;
    const { room, isCutOff, requeued } = JSON.parse(unquote(args[3])) as Message;
    current = {
      accepted: accepted.get(source) ?? 0,
      room,
      isCutOff,
      returned: requeued.length,
      taken: 0,
      calledOthers: called.delete(source),
    };
    accepted.delete(source);
    heartbeats.set(source, [...(heartbeats.get(source) ?? []), current]);
  }
  return { instances: [...heartbeats.values()], pauses };
}

/** By EVALSHA, or by EVAL if Redis does not have the script yet. */
function isRunOf(script: RedisScript, command: string, first: string | undefined): boolean {
  if (command === 'EVALSHA') return first === script.sha;
  return command === 'EVAL' && unquote(first) === script.text;
}

const unquote = (text = ''): string => JSON.parse(`"${text}"`) as string;
