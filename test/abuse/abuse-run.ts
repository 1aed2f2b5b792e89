import { childrenOf, residentMiB } from '../../testing/process-facts.ts';
import { testTimeoutMs } from '../../testing/timeouts.ts';
import { peakMemory } from './attack-tools.ts';
import { type Attack, attacks, type Scale } from './attacks.ts';
import { sendQuery, swapAsAWellBehavedClient, type Target } from './bystander.ts';

export interface AbuseResult {
  attack: string;
  /** The failure, if any. */
  failure: string | undefined;
  /** A summary of what happened. */
  note: string;
  /** Duration of a well-behaved client's swap during the attack, milliseconds; undefined where that would cost money. */
  swapMs: number | undefined;
  /** Peak resident memory of the gateway so far and of its picture processes, MiB. */
  peakMiB: number | undefined;
}

const attackTimeoutMs = 1.5 * testTimeoutMs;
/** Of the gateway and its picture processes. Far below what an unbounded queue, buffer or decoder would take. */
const maxMemoryMiB = 1280;
const memoryCheckMs = 100;

/** Runs every attack in turn, each during a well-behaved client's swap. */
export async function runAbuse(
  target: Target,
  scale: Scale,
  report: (result: AbuseResult) => void,
): Promise<AbuseResult[]> {
  const { gatewayStatus } = await sendQuery(target, '{ gatewayStatus { upstream } }', {});
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
  let childPeakMiB = 0;
  const watch = setInterval(() => {
    childPeakMiB = Math.max(childPeakMiB, sumOf(childrenOf(target.pid).map(residentMiB)));
  }, memoryCheckMs);
  try {
    [note, swapMs] = await withPatience(
      Promise.all([run(target, scale), isFree ? swapAsAWellBehavedClient(target) : undefined]),
    );
    const { status } = await fetch(`${target.url}/livez`);
    if (status !== 200) failure = `/livez says ${status}`;
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  clearInterval(watch);
  const ownPeakMiB = peakMemory(target.pid);
  const peakMiB = ownPeakMiB === undefined ? undefined : ownPeakMiB + Math.round(childPeakMiB);
  if (peakMiB !== undefined && peakMiB > maxMemoryMiB) failure ??= `took ${peakMiB} MiB`;
  return { attack: name, failure, note, swapMs, peakMiB };
}

const sumOf = (amounts: (number | undefined)[]): number =>
  amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);

async function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not over after ${attackTimeoutMs / 1000} s`)),
      attackTimeoutMs,
    );
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
