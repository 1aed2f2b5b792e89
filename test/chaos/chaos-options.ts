import { parseArgs } from 'node:util';

export interface ChaosOptions {
  seed: number;
  /** Number of runs, one after the other, with this seed and the following ones. */
  seeds: number;
  swaps: number;
  kills: number;
  subscribers: number;
  backend: 'embedded' | 'redis';
  /** Gateway processes; one with the embedded backend. */
  instances: number;
  archive: 'off' | 'disk' | 's3';
  /** File for a Markdown report; none if undefined. */
  report: string | undefined;
}

/** @throws Error naming the invalid argument */
export function readChaosOptions(args: string[]): ChaosOptions {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      seeds: { type: 'string', default: '1' },
      swaps: { type: 'string', default: '400' },
      kills: { type: 'string' },
      subscribers: { type: 'string', default: '300' },
      engine: { type: 'string', default: 'embedded' },
      instances: { type: 'string' },
      archive: { type: 'string' },
      report: { type: 'string' },
    },
  });
  const whole = (name: string, text: string): number => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} must be a whole number`);
    return number;
  };
  const swaps = whole('swaps', values.swaps);
  const { engine: backend } = values;
  if (backend !== 'embedded' && backend !== 'redis') throw new Error('--engine must be embedded or redis');
  const instances = whole('instances', values.instances ?? (backend === 'redis' ? '3' : '1'));
  if (instances < 1 || (backend === 'embedded' && instances > 1))
    throw new Error('--instances must be 1 with --engine embedded, and 1 or more with redis');
  const archive = values.archive ?? (backend === 'redis' ? 's3' : 'disk');
  if (archive !== 'off' && archive !== 'disk' && archive !== 's3')
    throw new Error('--archive must be off, disk or s3');
  if (archive === 'disk' && backend === 'redis') throw new Error('--archive disk needs --engine embedded');
  return {
    seed: whole('seed', values.seed),
    seeds: Math.max(whole('seeds', values.seeds), 1),
    swaps,
    kills: values.kills === undefined ? Math.ceil(swaps / 40) : whole('kills', values.kills),
    subscribers: whole('subscribers', values.subscribers),
    backend,
    instances,
    archive,
    report: values.report,
  };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
