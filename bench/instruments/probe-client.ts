import { once } from 'node:events';
import { join } from 'node:path';
import { benchRoot, type Server } from '../process/child.ts';

export interface Publication {
  id: string;
  /** Time on the processor until then, of all threads, microseconds. */
  cpuUs: number;
  /** Nanoseconds of the system's monotonic clock, which all processes share. */
  atNs: string;
}

/** After a full collection of garbage; bytes. */
export interface MemoryTaken {
  rss: number;
  /** Live objects, and buffers outside of the heap. */
  heapUsed: number;
}

export interface ProbeAnswer {
  memory: MemoryTaken;
  cpuUs: number;
  /** Those since the last question. */
  publications: Publication[];
}
export type ProbeQuestion = keyof ProbeAnswer;

/** What a server has to be started with to answer. */
export const probeOptions: string[] = ['--expose-gc', '--import', join(benchRoot, 'instruments/probe.ts')];

/** Asks a server that was started with the probe and a channel. */
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
