import { peakMemory } from './attack-tools.ts';
import { type Attack, attacks, type Scale } from './attacks.ts';
import { ask, swapAsAWellBehavedClient, type Target } from './bystander.ts';

export interface AbuseResult {
  attack: string;
  /** What went wrong; undefined when nothing did. */
  failure: string | undefined;
  /** What happened. */
  note: string;
  /** How long a well-behaved client's swap took meanwhile, milliseconds; undefined where that would cost money. */
  swapMs: number | undefined;
  /** Of the gateway so far, MiB. */
  peakMiB: number | undefined;
}

const patienceMs = 90_000;
/** Far above what is needed, far below what an unbounded queue or buffer would take. */
const maxMemoryMiB = 1024;

/** Every attack in turn, each with a well-behaved client's swap going on beside it. */
export async function runAbuse(
  target: Target,
  scale: Scale,
  report: (result: AbuseResult) => void,
): Promise<AbuseResult[]> {
  const { gatewayStatus } = await ask(target, '{ gatewayStatus { upstream } }', {});
  const isFree = (gatewayStatus as { upstream: string }).upstream === 'SANDBOX';
  const results: AbuseResult[] = [];
  for (const attack of attacks) {
    const result = await runAttack(attack, target, scale, isFree);
    results.push(result);
    report(result);
  }
  return results;
}

async function runAttack(
  { name, run }: Attack,
  target: Target,
  scale: Scale,
  isFree: boolean,
): Promise<AbuseResult> {
  let note = '';
  let swapMs: number | undefined;
  let failure: string | undefined;
  try {
    [note, swapMs] = await withPatience(
      Promise.all([run(target, scale), isFree ? swapAsAWellBehavedClient(target) : undefined]),
    );
    const { status } = await fetch(`${target.url}/livez`);
    if (status !== 200) failure = `/livez says ${status}`;
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const peakMiB = peakMemory(target.pid);
  if (peakMiB !== undefined && peakMiB > maxMemoryMiB) failure ??= `took ${peakMiB} MiB`;
  return { attack: name, failure, note, swapMs, peakMiB };
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${patienceMs / 1000} s`)), patienceMs);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
