import { createClient } from '@redis/client';
import { onTestFinished } from 'vitest';
import type { RedisScript } from '../src/backends/redis/connection.js';
import { queueScripts } from '../src/backends/redis/scripts.js';

/** One heartbeat of an instance, and what follows from it up to its next one. */
export interface SeenBeat {
  /** Swaps that it accepted since the heartbeat before. */
  accepted: number;
  /** How many swaps it would take. */
  room: number;
  isCutOff: boolean;
  /** Swaps that it hands back unsubmitted. */
  returned: number;
  /** Swaps that Redis hands to it. */
  taken: number;
  calledOthers: boolean;
}

export interface SeenQueue {
  /** Of each instance, in order. */
  instances: SeenBeat[][];
  /** How often all instances were told to pause. */
  pauses: number;
}

interface Message {
  room: number;
  isCutOff: boolean;
  again: unknown[];
}

/** Reads the instances' use of the queue from Redis's own MONITOR. @returns what was seen so far, when it has all come */
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
    const hasCome = new Promise<void>((resolve) => waiting.set(marker, resolve));
    await redis.echo(marker);
    await hasCome;
    return readLines(lines, `${prefix}queue:`);
  };
}

function readLines(lines: readonly string[], queue: string): SeenQueue {
  const beats = new Map<string, SeenBeat[]>();
  /** Since the last heartbeat of each. */
  const accepted = new Map<string, number>();
  const called = new Set<string>();
  let pauses = 0;
  /** Commands of a script follow the one that runs it. */
  let current: SeenBeat | undefined;
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
      // A heartbeat that is under way delays the next one, not the call.
      if (accepted.has(source)) called.add(source);
      const last = beats.get(source)?.at(-1);
      if (last) last.calledOthers = true;
    }
    if (isRunOf(queueScripts.add, command, first)) accepted.set(source, (accepted.get(source) ?? 0) + 1);
    current = undefined;
    if (!isRunOf(queueScripts.heartbeat, command, first)) continue;
    const { room, isCutOff, again } = JSON.parse(unquote(args[3])) as Message;
    current = {
      accepted: accepted.get(source) ?? 0,
      room,
      isCutOff,
      returned: again.length,
      taken: 0,
      calledOthers: called.delete(source),
    };
    accepted.delete(source);
    beats.set(source, [...(beats.get(source) ?? []), current]);
  }
  return { instances: [...beats.values()], pauses };
}

/** By EVALSHA, or by EVAL where Redis does not know the script yet. */
function isRunOf(script: RedisScript, command: string, first: string | undefined): boolean {
  if (command === 'EVALSHA') return first === script.sha;
  return command === 'EVAL' && unquote(first) === script.text;
}

const unquote = (text = ''): string => JSON.parse(`"${text}"`) as string;
