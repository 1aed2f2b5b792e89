import { describe, expect, test } from 'vitest';
import type { RunOutcome, SwapQueue } from '../../src/swap/ports.js';
import type { RunSlot } from '../../src/swap/run-slot.js';
import type { CapturedLog } from '../../testing/capture-log.js';
import type { QueueLimits, QueueUnderTest } from './swap-queue.contract.js';

export interface PausableQueue extends QueueUnderTest {
  logs: CapturedLog;
  /** Another queue on the same store: another instance, or the process after a restart of this one. */
  reopen(): Promise<SwapQueue>;
}

interface Run {
  id: string;
  at: number;
  slot: RunSlot;
  end(outcome: RunOutcome): void;
}

const done: RunOutcome = { kind: 'finished' };
const refused = { kind: 'requeue', afterMs: 300, pauses: 'credits' } satisfies RunOutcome;
const limits: QueueLimits = { slots: 3, maxWaiting: 100, maxWaitingPerClient: 50 };

function follow(queue: SwapQueue, now: () => number) {
  const runs: Run[] = [];
  queue.start({
    run: (id, signal, slot) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'interrupted' }));
        runs.push({ id, at: now(), slot, end: resolve });
      }),
    expire: async () => undefined,
  });
  return runs;
}

/** How a queue pauses and resumes. @param open returns a new, empty queue, and closes it after the test */
export function describeQueuePauses(
  name: string,
  open: (limits: QueueLimits) => Promise<PausableQueue>,
): void {
  const start = async () => {
    const under = await open(limits);
    const runs = follow(under.queue, under.now);
    const add = async (...ids: string[]): Promise<void> => {
      for (const id of ids) {
        const reservation = await under.queue.reserve('ann');
        await reservation.fill({ id, client: 'ann', expiresAt: under.now() + 600_000 });
      }
    };
    const reasons = async () => (await under.queue.pauses()).map(({ reason }) => reason);
    const lines = () =>
      under.logs
        .lines()
        .filter(({ msg }) => /queue/.test(String(msg)))
        .map(({ reason, msg }) => [reason, /is paused/.test(String(msg)) ? 'begin' : 'end']);
    return { ...under, runs, add, reasons, lines };
  };

  describe(`pauses of ${name}`, () => {
    test('without credits, the refused swap goes back to the head and one swap at a time is tried', async () => {
      const { queue, now, pass, runs, add, reasons } = await start();
      await add('a', 'b', 'c', 'd');
      await expect.poll(() => runs.length).toBe(3);
      runs[1]?.end(done);
      runs[2]?.end(done);
      await expect.poll(() => runs.length).toBe(4);
      runs[3]?.end(done);
      await add('e', 'f');
      await expect.poll(() => runs.length).toBe(6);
      for (const run of runs.slice(4)) run.end(done);
      const refusedAt = now();
      runs[0]?.end({ ...refused, afterMs: 1500 });
      await expect.poll(() => queue.position('a')).toBe(1);
      const [pause] = await queue.pauses();
      expect(await queue.pausedMs()).toBeGreaterThan(0);
      await add('x', 'y');
      expect(pause).toMatchObject({ reason: 'ACCOUNT_CREDITS' });
      expect(pause?.since).toBeGreaterThanOrEqual(refusedAt - 5);
      expect((pause?.until ?? 0) - (pause?.since ?? 0)).toBe(1500);
      await pass(1600);
      await expect.poll(() => runs.length).toBe(7);
      expect(runs[6]?.id).toBe('a');
      expect((runs[6]?.at ?? 0) - refusedAt).toBeGreaterThanOrEqual(1495);
      await pass(300);
      expect(runs).toHaveLength(7);
      expect(await reasons()).toEqual(['ACCOUNT_CREDITS']);
      expect((await queue.pauses())[0]?.until).toBeUndefined();
      runs[6]?.slot.accepted();
      await expect.poll(() => runs.map(({ id }) => id).slice(7)).toEqual(['x', 'y']);
      expect(await reasons()).toEqual([]);
      expect(await queue.pausedMs()).toBe(0);
    });

    test('each attempt that is refused doubles the interval, up to ten times the first', async () => {
      const { queue, now, pass, runs, add } = await start();
      await add('a');
      let firstAt: number | undefined;
      await expect.poll(() => runs.length).toBe(1);
      for (let n = 0; n < 5; n++) {
        const at = now();
        firstAt ??= at;
        runs[n]?.end({ ...refused, afterMs: 100 });
        const expected = Math.min(Math.max(at - firstAt, 100), 1000);
        let until: number | undefined;
        // On a slow machine, the next attempt may have begun before this asks.
        const isRefused = async (): Promise<boolean> => {
          until = (await queue.pauses())[0]?.until;
          return until !== undefined || runs.length === n + 2;
        };
        await expect.poll(isRefused).toBe(true);
        expect((until ?? at) - at).toBeLessThan(expected + 500);
        await pass((until ?? at) - at);
        await expect.poll(() => runs.length).toBe(n + 2);
        expect((runs[n + 1]?.at ?? 0) - at).toBeGreaterThanOrEqual(expected - 20);
      }
      expect(now() - (firstAt ?? 0)).toBeGreaterThan(1500);
    });

    test('submissions that were in flight together end no pause, and only the attempt does', async () => {
      const { pass, runs, add, reasons } = await start();
      await add('a', 'b');
      await expect.poll(() => runs.length).toBe(2);
      runs[0]?.end(refused);
      await expect.poll(reasons).toEqual(['ACCOUNT_CREDITS']);
      runs[1]?.slot.accepted();
      await pass(100);
      expect(await reasons()).toEqual(['ACCOUNT_CREDITS']);
      await pass(400);
      await expect.poll(() => runs.length).toBe(3);
      // Whatever else ends the attempt, the next one follows.
      await add('c');
      runs[2]?.end(done);
      await expect.poll(() => runs.at(-1)?.id).toBe('c');
      expect(await reasons()).toEqual(['ACCOUNT_CREDITS']);
      // An attempt whose outcome stays unknown does not hold up the others.
      await add('d');
      await runs[3]?.slot.release();
      await expect.poll(() => runs.at(-1)?.id).toBe('d');
    });

    test('an operator pauses all instances, with a note, until the operator resumes', async () => {
      const { queue, now, pass, runs, add, reasons, reopen } = await start();
      const since = now();
      await queue.pause({ since, note: 'moving house' });
      await add('a', 'b');
      const other = await reopen();
      const othersRuns = follow(other, now);
      for (const each of [queue, other]) {
        expect(await each.pauses()).toEqual([{ reason: 'OPERATOR', since, note: 'moving house' }]);
        expect(await each.pausedMs()).toBe(Number.POSITIVE_INFINITY);
      }
      await pass(300);
      expect([...runs, ...othersRuns]).toEqual([]);
      expect(await queue.counts()).toEqual({ waiting: 2, running: 0, unresolved: 0 });
      expect(await queue.resume()).toEqual(['OPERATOR']);
      await expect.poll(() => [...runs, ...othersRuns].length).toBe(2);
      expect(await reasons()).toEqual([]);
      expect(await queue.resume()).toEqual([]);
    });

    test("an operator's pause ends by itself when it has an end, and a later one replaces it", async () => {
      const { queue, now, pass, runs, add, reasons } = await start();
      const since = now();
      await queue.pause({ since, note: 'first' });
      await queue.pause({ since, until: since + 1000 });
      await add('a');
      expect(await queue.pauses()).toEqual([{ reason: 'OPERATOR', since, until: since + 1000 }]);
      await pass(1050);
      await expect.poll(() => runs.length).toBe(1);
      expect(runs[0]?.at).toBeGreaterThanOrEqual(since + 995);
      expect(await reasons()).toEqual([]);
    });

    test('an operator who resumes ends every pause, and may end that for lack of credits only', async () => {
      const { queue, now, runs, add, reasons } = await start();
      await add('a', 'b', 'c');
      await expect.poll(() => runs.length).toBe(3);
      runs[0]?.end({ ...refused, afterMs: 60_000 });
      await expect.poll(reasons).toEqual(['ACCOUNT_CREDITS']);
      runs[1]?.end({ kind: 'requeue', afterMs: 120_000, pauses: 'account' });
      await expect.poll(reasons).toEqual(['ACCOUNT_CREDITS', 'UPSTREAM_BUSY']);
      await queue.pause({ since: now() });
      expect(await reasons()).toEqual(['OPERATOR', 'ACCOUNT_CREDITS', 'UPSTREAM_BUSY']);
      expect(await queue.resume(['ACCOUNT_CREDITS'])).toEqual(['ACCOUNT_CREDITS']);
      expect(await reasons()).toEqual(['OPERATOR', 'UPSTREAM_BUSY']);
      expect(runs).toHaveLength(3);
      expect(await queue.resume()).toEqual(['OPERATOR', 'UPSTREAM_BUSY']);
      await expect.poll(() => runs.length).toBe(5);
      expect(await queue.pauses()).toEqual([]);
    });

    test('a swap that may be at ModelsLab already is followed during a pause', async () => {
      const { queue, now, runs, add } = await start();
      await queue.pause({ since: now() });
      await add('new');
      await queue.restore({ id: 'submitted', client: 'ann', expiresAt: now() + 1000 }, true);
      await queue.restore({ id: 'waiting', client: 'ann', expiresAt: now() + 600_000 }, false);
      await expect.poll(() => runs.map(({ id }) => id)).toEqual(['submitted']);
      expect(await queue.counts()).toEqual({ waiting: 2, running: 1, unresolved: 0 });
    });

    test('logs when a pause begins and ends, once', async () => {
      const { queue, now, runs, add, lines } = await start();
      await add('a', 'b');
      await expect.poll(() => runs.length).toBe(2);
      for (const run of runs.splice(0)) run.end({ ...refused, afterMs: 60_000 });
      await expect.poll(() => queue.position('b')).not.toBeNull();
      await expect.poll(lines).toEqual([['ACCOUNT_CREDITS', 'begin']]);
      await queue.pause({ since: now() });
      await expect.poll(lines).toEqual([
        ['ACCOUNT_CREDITS', 'begin'],
        ['OPERATOR', 'begin'],
      ]);
      await queue.resume();
      await expect.poll(() => runs.length).toBe(2);
      expect(lines().slice(2).sort()).toEqual([
        ['ACCOUNT_CREDITS', 'end'],
        ['OPERATOR', 'end'],
      ]);
    });
  });
}
