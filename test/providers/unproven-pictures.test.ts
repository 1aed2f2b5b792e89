import { expect, test } from 'vitest';
import { fetchOutcome } from '../../src/providers/modelslab/call-policy.js';
import { readModelsLabBody } from '../../src/providers/modelslab/wire.js';
import type { FetchOutcome } from '../../src/swap/ports.js';
import { minuteMs, processing, startRunner, succeeded } from '../../testing/start-runner.js';

const { result } = succeeded;
const unproven: FetchOutcome = { kind: 'processing', result };

test('pictures under an unknown status are kept in the outcome of a poll, future ones are not', () => {
  const answered = (fields: object) =>
    fetchOutcome({ kind: 'answer', httpStatus: 200, body: readModelsLabBody({ id: 5, ...fields }) }, '5');
  const output = ['https://files.example.com/1.jpg'];
  expect(answered({ status: 'fertig', output })).toMatchObject({ kind: 'processing', result: { output } });
  for (const fields of [
    { status: 'processing', output },
    { status: 'fertig', output: [], future_links: output },
    { status: 'fertig', meta: { output } },
  ])
    expect(answered(fields)).not.toHaveProperty('result');
});

test('pictures without a success status are accepted once they were the only response for a minute', async () => {
  const { clock, run, read } = await startRunner({
    submitted: { kind: 'processing', modelsLabId: '1' },
    fetched: () => unproven,
  });
  const running = run();
  await clock.advance(minuteMs);
  expect(await read()).toMatchObject({ status: 'PROCESSING' });
  await clock.advance(minuteMs);
  expect(await running).toEqual({ kind: 'finished' });
  expect(await read()).toMatchObject({ status: 'SUCCEEDED', result });
});

test('they are not accepted if ModelsLab says something else in between', async () => {
  let polls = 0;
  const { clock, run, read } = await startRunner({
    submitted: { kind: 'processing', modelsLabId: '1' },
    fetched: () => (polls++ % 3 === 0 ? processing : unproven),
  });
  void run();
  await clock.advance(8 * minuteMs);
  expect(await read()).toMatchObject({ status: 'PROCESSING' });
});
