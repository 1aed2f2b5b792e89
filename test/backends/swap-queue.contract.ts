import { describe, expect, test } from 'vitest';
import type { QueueEntry, RunOutcome, SwapQueue } from '../../src/swap/ports.js';
import type { RunSlot } from '../../src/swap/run-slot.js';

export interface QueueLimits {
  slots: number;
  maxWaiting: number;
  maxWaitingPerClient: number;
}

export interface QueueUnderTest {
  queue: SwapQueue;
  now(): number;
  /** Advances the clock, or waits that long where the clock is real. */
  pass(ms: number): Promise<void>;
}

interface Run {
  id: string;
  startedAt: number;
  slot: RunSlot;
  end(outcome?: RunOutcome): void;
}

/** What every SwapQueue must do. @param open returns a new, empty queue, and closes it after the test */
export function describeSwapQueue(
  name: string,
  open: (limits: QueueLimits) => Promise<QueueUnderTest>,
): void {
  const start = async (limits: Partial<QueueLimits> = {}) => {
    const under = await open({ slots: 1, maxWaiting: 100, maxWaitingPerClient: 50, ...limits });
    const runs: Run[] = [];
    const expired: { id: string; at: number }[] = [];
    const running = new Set<string>();
    let peak = 0;
    under.queue.start({
      run: (id, signal, slot) =>
        new Promise((resolve) => {
          running.add(id);
          peak = Math.max(peak, running.size);
          const end = (outcome: RunOutcome = { kind: 'finished' }): void => {
            running.delete(id);
            resolve(outcome);
          };
          signal.addEventListener('abort', () => end({ kind: 'interrupted' }));
          runs.push({ id, slot, end, startedAt: under.now() });
        }),
      async expire(id) {
        expired.push({ id, at: under.now() });
      },
    });
    const add = async (id: string, client = 'ann', more: Partial<QueueEntry> = {}): Promise<void> => {
      const reservation = await under.queue.reserve(client);
      await reservation.fill({ id, client, expiresAt: under.now() + 600_000, ...more });
    };
    const started = (): string[] => runs.map(({ id }) => id);
    return { ...under, add, runs, started, expired, peak: () => peak };
  };

  describe(`${name} as a SwapQueue`, () => {
    test('runs no more swaps at a time than there are slots, first-in first-out', async () => {
      const { add, runs, started, peak } = await start({ slots: 2 });
      for (const id of ['a', 'b', 'c', 'd']) await add(id);
      await expect.poll(started).toEqual(['a', 'b']);
      runs[1]?.end();
      await expect.poll(started).toEqual(['a', 'b', 'c']);
      runs[0]?.end();
      await expect.poll(started).toEqual(['a', 'b', 'c', 'd']);
      expect(peak()).toBe(2);
    });

    test('alternates between clients, so that one with many swaps does not delay another', async () => {
      const { queue, add, runs, started } = await start();
      for (const id of ['a1', 'a2', 'a3', 'a4']) await add(id, 'ann');
      await add('b1', 'bob');
      await add('b2', 'bob');
      const positions = await Promise.all(['a2', 'b1', 'a3', 'b2', 'a4'].map((id) => queue.position(id)));
      expect(positions).toEqual([1, 2, 3, 4, 5]);
      for (let n = 0; n < 6; n++) {
        await expect.poll(() => runs.length).toBe(n + 1);
        runs[n]?.end();
      }
      expect(started()).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
    });

    test('requeues at the front what ModelsLab did not accept, and pauses all clients', async () => {
      const { queue, now, add, runs, started, pass } = await start();
      await add('a');
      await add('b');
      await expect.poll(started).toEqual(['a']);
      const endedAt = now();
      runs[0]?.end({ kind: 'requeue', afterMs: 300, pauses: 'account' });
      await expect.poll(() => queue.position('a')).toBe(1);
      expect(await queue.position('b')).toBe(2);
      expect(await queue.counts()).toEqual({ waiting: 2, running: 0, unresolved: 0 });
      const pausedMs = await queue.pausedMs();
      expect(pausedMs).toBeGreaterThan(0);
      expect(pausedMs).toBeLessThanOrEqual(300);
      await pass(450);
      expect(await queue.pausedMs()).toBe(0);
      await expect.poll(started).toEqual(['a', 'a']);
      expect((runs[1]?.startedAt ?? 0) - endedAt).toBeGreaterThanOrEqual(300);
    });

    test('starts one swap at a time while ModelsLab is unreachable, and as many as there are slots otherwise', async () => {
      const under = await open({ slots: 3, maxWaiting: 100, maxWaitingPerClient: 50 });
      const ends: ((outcome: RunOutcome) => void)[] = [];
      let room = 1;
      let tell: () => void = () => undefined;
      under.queue.start({
        run: (_id) => {
          room -= 1;
          return new Promise((resolve) => ends.push(resolve));
        },
        expire: async () => undefined,
        gate: {
          room: () => room,
          onRoom(listener) {
            tell = listener;
          },
        },
      });
      for (const id of ['a', 'b', 'c', 'd']) {
        const reservation = await under.queue.reserve('ann');
        await reservation.fill({ id, client: 'ann', expiresAt: under.now() + 600_000 });
      }
      await expect.poll(() => ends.length).toBe(1);
      await under.pass(300);
      expect(ends).toHaveLength(1);
      expect(await under.queue.counts()).toEqual({ waiting: 3, running: 1, unresolved: 0 });
      room = 10;
      tell();
      await expect.poll(() => ends.length).toBe(3);
      for (const end of ends) end({ kind: 'finished' });
    });

    test('requeues at the front what this instance could not submit, and starts nothing during the pause', async () => {
      const { queue, now, add, runs, started, pass } = await start();
      await add('a');
      await add('b');
      await expect.poll(started).toEqual(['a']);
      const endedAt = now();
      runs[0]?.end({ kind: 'requeue', afterMs: 300, pauses: 'instance' });
      await expect.poll(() => queue.position('a')).toBe(1);
      await pass(450);
      await expect.poll(started).toEqual(['a', 'a']);
      expect((runs[1]?.startedAt ?? 0) - endedAt).toBeGreaterThanOrEqual(300);
    });

    test('lists the next swaps in the order in which they are started', async () => {
      const { queue, add, runs, started, now } = await start();
      await add('running', 'zoe');
      await expect.poll(started).toEqual(['running']);
      expect(await queue.next(10)).toEqual([]);
      for (const id of ['a1', 'a2', 'a3']) await add(id, 'ann');
      for (const id of ['b1', 'b2']) await add(id, 'token:web:bob%20');
      await add('w1', 'web');
      await queue.restore({ id: 'first', client: 'cid', expiresAt: now() + 5000 }, true);
      const ids = async (limit: number) => (await queue.next(limit)).map(({ id }) => id);
      const order = ['first', 'a1', 'b1', 'a2', 'w1', 'a3', 'b2'];
      expect(await ids(100)).toEqual(order);
      for (const limit of [1, 3, 7]) expect(await ids(limit)).toEqual(order.slice(0, limit));
      expect(await Promise.all(order.map((id) => queue.position(id)))).toEqual([1, 2, 3, 4, 5, 6, 7]);
      const [, next] = await queue.next(2);
      expect(next).toMatchObject({ id: 'a1', client: 'ann', expiresAt: expect.any(Number) });
      expect(Math.abs((next?.expiresAt ?? 0) - now() - 600_000)).toBeLessThan(5000);
      for (let n = 0; n < 7; n++) {
        runs[n]?.end();
        await expect.poll(() => started().length).toBe(n + 2);
      }
      expect(started()).toEqual(['running', ...order]);
    });

    test('a swap that was put back before its reservation is filled waits once', async () => {
      const { queue, add, started, now } = await start();
      await add('running');
      await expect.poll(started).toEqual(['running']);
      const reservation = await queue.reserve('ann');
      const entry = { id: 'a', client: 'ann', expiresAt: now() + 60_000 };
      await queue.restore(entry, false);
      await reservation.fill(entry);
      expect(await queue.counts()).toEqual({ waiting: 1, running: 1, unresolved: 0 });
    });

    test('leaves slots to other programs for a while', async () => {
      const { queue, add, started, pass } = await start({ slots: 2 });
      await queue.occupy(1, 60_000);
      for (const id of ['a', 'b']) await add(id);
      await pass(150);
      expect(started()).toEqual(['a']);
      await queue.occupy(0, 60_000);
      await expect.poll(started).toEqual(['a', 'b']);
    });

    test('withdraws a waiting swap, but not a running one', async () => {
      const { queue, add, runs, started } = await start();
      for (const id of ['a', 'b', 'c']) await add(id);
      await expect.poll(started).toEqual(['a']);
      expect(await queue.withdraw('a')).toBe(false);
      expect(await queue.withdraw('b')).toBe(true);
      expect(await queue.withdraw('b')).toBe(false);
      expect(await queue.withdraw('unknown')).toBe(false);
      expect(await queue.position('c')).toBe(1);
      runs[0]?.end();
      await expect.poll(started).toEqual(['a', 'c']);
    });

    test('expires a swap that waited too long, and does not run it', async () => {
      const { queue, now, add, runs, started, expired, pass } = await start();
      await add('a');
      const expiresAt = now() + 300;
      await add('b', 'ann', { expiresAt });
      await add('c');
      await expect.poll(started).toEqual(['a']);
      await pass(400);
      await expect.poll(() => expired.map(({ id }) => id)).toEqual(['b']);
      expect(expired[0]?.at).toBeGreaterThanOrEqual(expiresAt);
      expect(await queue.position('c')).toBe(1);
      runs[0]?.end();
      await expect.poll(started).toEqual(['a', 'c']);
    });

    test('limits waiting swaps per client and in total, counting unfilled reservations', async () => {
      const { queue, add, started } = await start({ maxWaiting: 4, maxWaitingPerClient: 2 });
      await add('running', 'ann');
      await expect.poll(started).toEqual(['running']);
      await add('a1', 'ann');
      const reservation = await queue.reserve('ann');
      await expect(queue.reserve('ann')).rejects.toMatchObject({
        code: 'QUEUE_FULL',
        details: { retryAfter: expect.any(Number) },
      });
      await reservation.release();
      await add('a2', 'ann');
      await add('b1', 'bob');
      await add('c1', 'cid');
      await expect(queue.reserve('dan')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      expect(await queue.withdraw('a1')).toBe(true);
      await add('d1', 'dan');
    });

    test('a limit of the client itself replaces the limit per client, up or down', async () => {
      const { queue, add, started } = await start({ maxWaiting: 4, maxWaitingPerClient: 2 });
      await add('running', 'ann');
      await expect.poll(started).toEqual(['running']);
      await add('a1', 'ann');
      await expect(queue.reserve('ann', 1)).rejects.toMatchObject({
        code: 'QUEUE_FULL',
        message: expect.stringContaining('limit of waiting swaps, 1'),
      });
      await add('a2', 'ann');
      await expect(queue.reserve('ann')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      const reservations = [await queue.reserve('ann', 4), await queue.reserve('ann', 4)];
      await expect(queue.reserve('ann', 4)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      await expect(queue.reserve('ann', 100)).rejects.toMatchObject({ message: 'The queue is full.' });
      for (const reservation of reservations) await reservation.release();
    });

    test('counts the waiting swaps of client tokens on their parent as well, reservations included', async () => {
      const { queue, add, started } = await start({ maxWaiting: 100, maxWaitingPerClient: 3 });
      const full = { code: 'QUEUE_FULL' };
      await add('running', 'zoe');
      await expect.poll(started).toEqual(['running']);
      await add('a1', 'token:web:ada%20');
      await add('b1', 'token:web:bob');
      const reservation = await queue.reserve('token:web:cid');
      for (const client of ['web', 'token:web:dan', 'token:web:ada%20'])
        await expect(queue.reserve(client)).rejects.toMatchObject(full);
      for (const id of ['x1', 'x2', 'x3']) await add(id, 'token:we:ada');
      await expect(queue.reserve('token:we:ada')).rejects.toMatchObject(full);
      await reservation.release();
      await add('w1', 'web');
      await expect(queue.reserve('token:web:dan')).rejects.toMatchObject(full);
      expect(await queue.withdraw('a1')).toBe(true);
      await add('d1', 'token:web:dan');
      await expect(queue.reserve('web')).rejects.toMatchObject(full);
      expect(await queue.withdraw('b1')).toBe(true);
      expect(await queue.withdraw('d1')).toBe(true);
      await add('w2', 'web');
      await add('w3', 'web');
      await expect(queue.reserve('token:web:ada%20')).rejects.toMatchObject(full);
      await add('y1', 'webb');
    });

    test('lets a client and its tokens take turns within one turn among all clients', async () => {
      const { queue, add, runs, started } = await start();
      await add('running', 'zoe');
      await expect.poll(started).toEqual(['running']);
      const waiting: [string, string][] = [
        ['a1', 'token:web:ada'],
        ['a2', 'token:web:ada'],
        ['a3', 'token:web:ada'],
        ['o1', 'other'],
        ['b1', 'token:web:bob%20'],
        ['b2', 'token:web:bob%20'],
        ['w1', 'web'],
        ['o2', 'other'],
        ['o3', 'other'],
      ];
      for (const [id, client] of waiting) await add(id, client);
      const order = ['a1', 'o1', 'b1', 'o2', 'w1', 'o3', 'a2', 'b2', 'a3'];
      const positions = await Promise.all(order.map((id) => queue.position(id)));
      expect(positions).toEqual(order.map((_id, index) => index + 1));
      runs[0]?.end();
      await expect.poll(started).toEqual(['running', 'a1']);
      // Joins the current round.
      await add('c1', 'token:web:cid');
      await add('c2', 'token:web:cid');
      const rest = ['o1', 'b1', 'o2', 'w1', 'o3', 'c1', 'a2', 'b2', 'c2', 'a3'];
      for (const index of rest.keys()) {
        runs[index + 1]?.end();
        await expect.poll(started).toEqual(['running', 'a1', ...rest.slice(0, index + 1)]);
      }
    });

    test('starts swaps restored as submitted before all others', async () => {
      const under = await open({ slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 });
      const entry = (id: string): QueueEntry => ({ id, client: 'ann', expiresAt: under.now() + 60_000 });
      await under.queue.restore(entry('waiting'), false);
      await under.queue.restore(entry('submitted'), true);
      const started: string[] = [];
      under.queue.start({
        run: async (id) => {
          started.push(id);
          return { kind: 'finished' };
        },
        expire: async () => undefined,
      });
      await expect.poll(() => started).toEqual(['submitted', 'waiting']);
    });

    test('restores no swap that is waiting or running, and returns those that are neither', async () => {
      const { queue, now, add, runs, started } = await start();
      for (const id of ['a', 'b']) await add(id);
      await expect.poll(started).toEqual(['a']);
      for (const id of ['a', 'b'])
        await queue.restore({ id, client: 'ann', expiresAt: now() + 60_000 }, true);
      expect(await queue.counts()).toEqual({ waiting: 1, running: 1, unresolved: 0 });
      expect(await queue.missing(['a', 'b', 'c'])).toEqual(['c']);
      runs[0]?.end();
      await expect.poll(started).toEqual(['a', 'b']);
      runs[1]?.end();
      await expect.poll(() => queue.missing(['a', 'b'])).toEqual(['a', 'b']);
      expect(started()).toEqual(['a', 'b']);
    });

    test('keeps swaps that expired before the start, and expires none that may be submitted', async () => {
      const under = await open({ slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 });
      const entry = (id: string): QueueEntry => ({ id, client: 'ann', expiresAt: under.now() - 1000 });
      for (const id of ['a', 'b']) await under.queue.restore(entry(id), false);
      for (const id of ['x', 'y']) await under.queue.restore(entry(id), true);
      await under.pass(100);
      const ends: string[] = [];
      under.queue.start({
        run: async (id) => {
          await under.pass(20);
          ends.push(`ran ${id}`);
          return { kind: 'finished' };
        },
        async expire(id) {
          ends.push(`gave up ${id}`);
        },
      });
      await under.pass(1000);
      await expect.poll(() => ends.length).toBe(4);
      expect(ends).toEqual(expect.arrayContaining(['ran x', 'ran y']));
      expect(ends.map((end) => end.at(-1)).sort()).toEqual(['a', 'b', 'x', 'y']);
    });

    test('confirms to a run that it holds its slot', async () => {
      const under = await open({ slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 });
      const held: boolean[] = [];
      under.queue.start({
        async run(_id, _signal, slot) {
          held.push(await slot.isHeld());
          return { kind: 'finished' };
        },
        expire: async () => undefined,
      });
      const reservation = await under.queue.reserve('ann');
      await reservation.fill({ id: 'a', client: 'ann', expiresAt: under.now() + 60_000 });
      await expect.poll(() => held).toEqual([true]);
    });

    test('gives a released slot to another swap while the run that released it continues', async () => {
      const { queue, add, runs, started, now } = await start();
      for (const id of ['a', 'b', 'c']) await add(id);
      await expect.poll(started).toEqual(['a']);
      await runs[0]?.slot.release();
      await expect.poll(started).toEqual(['a', 'b']);
      expect(await queue.counts()).toEqual({ waiting: 1, running: 1, unresolved: 1 });
      expect(await runs[0]?.slot.isHeld()).toBe(true);
      expect(await queue.missing(['a', 'b'])).toEqual([]);
      await queue.restore({ id: 'a', client: 'ann', expiresAt: now() + 60_000 }, true);
      expect(await queue.withdraw('a')).toBe(false);
      runs[0]?.end();
      await expect.poll(queue.counts).toEqual({ waiting: 1, running: 1, unresolved: 0 });
      expect(started()).toEqual(['a', 'b']);
      runs[1]?.end();
      await expect.poll(started).toEqual(['a', 'b', 'c']);
    });

    test('starts nothing while reclaimed slots exceed the limit', async () => {
      const { queue, add, runs, started, pass } = await start();
      for (const id of ['a', 'b', 'c']) await add(id);
      await expect.poll(started).toEqual(['a']);
      await runs[0]?.slot.release();
      await expect.poll(started).toEqual(['a', 'b']);
      await runs[0]?.slot.reclaim();
      expect(await queue.counts()).toEqual({ waiting: 1, running: 2, unresolved: 0 });
      runs[1]?.end();
      await expect.poll(queue.counts).toEqual({ waiting: 1, running: 1, unresolved: 0 });
      await pass(300);
      expect(started()).toEqual(['a', 'b']);
      runs[0]?.end();
      await expect.poll(started).toEqual(['a', 'b', 'c']);
    });

    test('runs restored entries without a slot at once, alongside those with one', async () => {
      const under = await open({ slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 });
      const entry = (id: string): QueueEntry => ({ id, client: 'ann', expiresAt: under.now() - 1000 });
      for (const id of ['u1', 'u2']) await under.queue.restore(entry(id), true, false);
      await under.queue.restore(entry('submitted'), true);
      expect(await under.queue.missing(['u1', 'u2', 'submitted'])).toEqual([]);
      expect(await under.queue.counts()).toEqual({ waiting: 1, running: 0, unresolved: 2 });
      const running = new Set<string>();
      const ends: (() => void)[] = [];
      under.queue.start({
        run: (id, signal) =>
          new Promise((resolve) => {
            running.add(id);
            ends.push(() => resolve({ kind: 'finished' }));
            signal.addEventListener('abort', () => resolve({ kind: 'interrupted' }));
          }),
        expire: async () => undefined,
      });
      await expect.poll(() => [...running].sort()).toEqual(['submitted', 'u1', 'u2']);
      expect(await under.queue.counts()).toEqual({ waiting: 0, running: 1, unresolved: 2 });
      for (const end of ends) end();
      await expect.poll(under.queue.counts).toEqual({ waiting: 0, running: 0, unresolved: 0 });
    });

    test('retries a failed run without a slot, without giving it one', async () => {
      const { queue, now, pass } = await open({ slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 });
      const add = async (id: string): Promise<void> => {
        const reservation = await queue.reserve('ann');
        await reservation.fill({ id, client: 'ann', expiresAt: now() + 600_000 });
      };
      const runs: string[] = [];
      queue.start({
        async run(id, signal, slot) {
          runs.push(id);
          if (runs.length === 1) {
            await slot.release();
            throw new Error('store failed');
          }
          return new Promise((resolve) =>
            signal.addEventListener('abort', () => resolve({ kind: 'interrupted' })),
          );
        },
        expire: async () => undefined,
      });
      await add('a');
      await expect.poll(() => runs).toEqual(['a']);
      await add('b');
      await expect.poll(() => runs).toContain('b');
      await pass(1500);
      await expect.poll(() => [...runs].sort()).toEqual(['a', 'a', 'b']);
      expect(await queue.counts()).toEqual({ waiting: 0, running: 1, unresolved: 1 });
    });

    test('notifies of position changes at most once a second', async () => {
      const { queue, add, runs, started, pass } = await start();
      let moves = 0;
      const stop = queue.onPositionsChanged(() => {
        moves += 1;
      });
      for (const id of ['a', 'b', 'c', 'd']) await add(id);
      await expect.poll(started).toEqual(['a']);
      runs[0]?.end();
      await expect.poll(started).toEqual(['a', 'b']);
      runs[1]?.end();
      await pass(1100);
      await expect.poll(() => moves).toBe(1);
      stop();
      runs[2]?.end();
      await pass(1100);
      expect(moves).toBe(1);
    });

    test('retries a failed run after a while', async () => {
      const under = await open({ slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 });
      let runs = 0;
      under.queue.start({
        run: async () => {
          runs += 1;
          if (runs === 1) throw new Error('store failed');
          return { kind: 'finished' };
        },
        expire: async () => undefined,
      });
      const reservation = await under.queue.reserve('ann');
      await reservation.fill({ id: 'a', client: 'ann', expiresAt: under.now() + 600_000 });
      await under.pass(1500);
      await expect.poll(() => runs).toBe(2);
    });

    test('when closed, starts nothing more and waits for running swaps to be interrupted', async () => {
      const { queue, add, started } = await start();
      await add('a');
      await add('b');
      await expect.poll(started).toEqual(['a']);
      await queue.close();
      expect(started()).toEqual(['a']);
    });
  });
}
