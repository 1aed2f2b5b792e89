import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLogDestination } from '../../src/telemetry/log-destination.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** A pipe whose other end is held by the test. */
function openPipe() {
  const path = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  onTestFinished(() => closeSync(reader));
  let text = '';
  const read = (): string => {
    const buffer = Buffer.alloc(1024 * 1024);
    try {
      text += buffer.toString('latin1', 0, readSync(reader, buffer));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return text;
  };
  return { writer, read };
}

const line = (n: number): string => `{"n":${n},"fill":"${'x'.repeat(1000)}"}\n`;

test('an unread pipe buffers a bounded number of lines; the rest is dropped, counted and reported', async () => {
  const { writer, read } = openPipe();
  const destination = createLogDestination(writer);
  for (let n = 0; n < 3000; n += 1) destination.write(line(n));
  expect(destination.dropped()).toBeGreaterThan(1000);
  expect(destination.dropped()).toBeLessThan(2100);
  expect(await destination.finish(20)).toBe(true);

  const dropped = destination.dropped();
  await expect.poll(() => read().split('\n').at(-2)).toContain(`"dropped":${dropped}`);
  destination.write(line(3000));
  expect(await destination.finish(1000)).toBe(true);
  await expect.poll(() => read().split('\n').at(-2)).toContain('"n":3000');
  const written = read().match(/"n":\d+/g) ?? [];
  expect(written.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, n) => `"n":${n}`));
  expect(written).toHaveLength(3001 - dropped);
});

test('a file gets every line', async () => {
  const path = join(temporaryFolder(), 'log');
  const destination = createLogDestination(openSync(path, 'a'));
  for (let n = 0; n < 500; n += 1) destination.write(line(n));
  expect(await destination.finish(5000)).toBe(true);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(501);
});
