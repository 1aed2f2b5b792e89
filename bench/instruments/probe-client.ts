import { once } from 'node:events';
import { join } from 'node:path';
import { benchRoot, type Server } from '../process/child.ts';

export interface Publication {
  id: string;
  /** CPU time until then, of all threads, microseconds. */
  cpuUs: number;
  /** Nanoseconds of the system's monotonic clock, which all processes share. */
  atNs: string;
}

/** After a full garbage collection; bytes. */
export interface MemoryTaken {
  rss: number;
  /** Live objects, and external buffers. */
  heapUsed: number;
}

export interface ProbeAnswer {
  memory: MemoryTaken;
  cpuUs: number;
  /** Publications since the last query. */
  publications: Publication[];
}
export type ProbeQuestion = keyof ProbeAnswer;

/** Node.js options that make a server answer the probe. */
export const probeOptions: string[] = ['--expose-gc', '--import', join(benchRoot, 'instruments/probe.ts')];

/** Queries a server that was started with the probe and an IPC channel. */
export async function probe<Q extends ProbeQuestion>(
  { child }: Server,
  question: Q,
): Promise<ProbeAnswer[Q]> {
  child.send(question);
  for (;;) {
    const [message] = (await once(child, 'message')) as [{ question: string; answer: ProbeAnswer[Q] }];
    if (message.question === question) return message.answer;
  }
}
