import { expect, test } from 'vitest';
import { createReloads } from '../../src/app/reloads.js';
import { captureLog } from '../../testing/capture-log.js';

test('a part that fails to reload is logged, and the others are reloaded', async () => {
  const { log, lines } = captureLog();
  const reloads = createReloads(log);
  const done: string[] = [];
  reloads.add('clients', async () => {
    throw new Error('no such file');
  });
  reloads.add('keys', () => {
    throw new Error('not JSON');
  });
  reloads.add('audit log', () => void done.push('audit log'));
  await reloads.run();
  expect(done).toEqual(['audit log']);
  expect(lines()).toMatchObject([
    { level: 'error', what: 'clients', err: { message: 'no such file' } },
    { level: 'error', what: 'keys' },
  ]);
});

test('reloads do not overlap, however fast signals arrive', async () => {
  const reloads = createReloads(captureLog().log);
  let running = 0;
  const most: number[] = [];
  reloads.add('clients', async () => {
    running += 1;
    most.push(running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  });
  await Promise.all([reloads.run(), reloads.run(), reloads.run()]);
  expect(most).toEqual([1, 1, 1]);
});
