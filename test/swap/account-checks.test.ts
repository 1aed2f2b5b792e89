import { expect, onTestFinished, test } from 'vitest';
import { createAccountChecks } from '../../src/swap/lifecycle/account-checks.js';
import type { AccountAnswer } from '../../src/swap/provider-account.js';
import type { PauseReason } from '../../src/swap/queue-pause.js';
import { captureLog } from '../../testing/capture-log.js';
import { createManualClock } from '../../testing/manual-clock.js';

const minuteMs = 60_000;
const told = (value: number): AccountAnswer => ({ kind: 'told', value });
const silent: AccountAnswer = { kind: 'silent', reason: 'status 404' };

async function start(first: { processing?: AccountAnswer; balance?: AccountAnswer } = {}) {
  const clock = createManualClock();
  const logs = captureLog();
  const state = {
    processing: first.processing ?? told(0),
    balance: first.balance ?? told(10),
    counts: { waiting: 0, running: 0, unresolved: 0 },
    reasons: [] as PauseReason[],
  };
  const asked = { processing: [] as number[], balance: [] as number[] };
  const occupied: number[] = [];
  const resumed: (readonly PauseReason[] | undefined)[] = [];
  const checks = createAccountChecks({
    account: {
      async processing() {
        asked.processing.push(clock.monotonic());
        return state.processing;
      },
      async balance() {
        asked.balance.push(clock.monotonic());
        return state.balance;
      },
    },
    queue: {
      counts: async () => state.counts,
      occupy: async (slots) => void occupied.push(slots),
      pauses: async () => state.reasons.map((reason) => ({ reason })),
      async resume(reasons) {
        resumed.push(reasons);
        return state.reasons.splice(0);
      },
    },
    slots: 5,
    clock,
    log: logs.log,
    takeTurn: async () => true,
  });
  onTestFinished(checks.close);
  await checks.start();
  return { clock, checks, state, asked, occupied, resumed, messages: () => logs.lines() };
}

test('asks for the count at most thirty times in any minute', async () => {
  const { clock, asked } = await start();
  await clock.advance(10 * minuteMs, 3);
  expect(asked.processing.length).toBeGreaterThan(200);
  for (const at of asked.processing)
    expect(asked.processing.filter((other) => other >= at && other < at + minuteMs).length).toBeLessThan(30);
});

test('leaves to other programs what is in the count beyond own swaps', async () => {
  const { clock, state, occupied } = await start({ processing: told(4) });
  expect(occupied.at(-1)).toBe(4);
  state.counts = { waiting: 3, running: 2, unresolved: 0 };
  await clock.advance(3000);
  expect(occupied.at(-1)).toBe(2);
  state.processing = told(1);
  await clock.advance(3000);
  expect(occupied.at(-1)).toBe(0);
});

test('a count that holds every slot delays a swap, but one a minute is submitted', async () => {
  const { clock, state, occupied } = await start({ processing: told(100_000) });
  await clock.advance(10 * minuteMs, 3);
  expect(new Set(occupied)).toEqual(new Set([5]));
  state.counts = { waiting: 1, running: 0, unresolved: 0 };
  const before = occupied.length;
  await clock.advance(5 * minuteMs, 3);
  const chances = occupied.slice(before).filter((slots) => slots === 4).length;
  expect(chances).toBeGreaterThanOrEqual(4);
  expect(chances).toBeLessThanOrEqual(5);
});

test('where ModelsLab does not answer, it leaves every slot, says so once, and asks ever more rarely', async () => {
  const { clock, checks, state, asked, occupied, messages } = await start({
    processing: silent,
    balance: silent,
  });
  await clock.advance(7 * minuteMs, 3);
  const inMinutes = (times: number[]) => times.map((at) => Math.floor(at / minuteMs));
  expect(inMinutes(asked.processing)).toEqual([0, 1, 3, 7]);
  expect(asked.balance).toHaveLength(2);
  await clock.advance(24 * 60 * minuteMs, 2);
  expect(asked.processing.length).toBeLessThan(35);
  expect(new Set(occupied)).toEqual(new Set([0]));
  expect(checks.facts()).toEqual({});
  expect(messages().map(({ level }) => level)).toEqual(['info', 'info']);
  Object.assign(state, { processing: told(2), balance: told(3) });
  await clock.advance(61 * minuteMs, 2);
  expect(checks.facts()).toEqual({ processing: 2, balance: 3 });
  expect(messages()).toHaveLength(4);
});

test('a balance that rises ends a pause for lack of credits, and one that does not, does not', async () => {
  const { clock, state, asked, resumed } = await start({ balance: told(0.2) });
  await clock.advance(4 * minuteMs, 3);
  expect(asked.balance).toHaveLength(1);
  state.reasons = ['ACCOUNT_CREDITS'];
  state.balance = told(0.1);
  await clock.advance(minuteMs, 3);
  expect(resumed).toEqual([]);
  expect(asked.balance.length).toBeGreaterThan(8);
  state.balance = told(20);
  await clock.advance(6000);
  expect(resumed).toEqual([['ACCOUNT_CREDITS']]);
  const before = asked.balance.length;
  await clock.advance(4 * minuteMs, 3);
  expect(asked.balance.length).toBe(before);
});

test('what was told is forgotten when answers stop', async () => {
  const { clock, checks, state } = await start({ processing: told(1), balance: told(5) });
  expect(checks.facts()).toEqual({ processing: 1, balance: 5 });
  Object.assign(state, { processing: silent, balance: silent });
  await clock.advance(6 * minuteMs, 3);
  expect(checks.facts()).toEqual({});
});
