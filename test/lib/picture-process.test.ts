import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { compiledModule } from '../../src/lib/pictures/compiled-module.js';
import type { PictureJobError } from '../../src/lib/pictures/picture-job.js';
import { createPictureProcess, type PictureProcessOptions } from '../../src/lib/pictures/picture-process.js';
import { pngBomb } from '../../testing/picture-bombs.js';
import { plainPicture } from '../../testing/pictures.js';
import { isAlive, residentMiB } from '../../testing/process-facts.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { atMost } from '../../testing/timeouts.js';

const small = await plainPicture(30, 20);
/** Takes as much memory and time as a picture within the limits can: half a gigabyte and a second. */
const huge = pngBomb({ width: 8000, height: 5000, colorType: 6, isInterlaced: true });
/** Takes long enough for other events to happen during decoding. */
const heavy = pngBomb({ width: 3000, height: 3000, colorType: 6, isInterlaced: true });

function startPictures(options: Partial<PictureProcessOptions> = {}) {
  const observer = { jobEnded: vi.fn(), processEnded: vi.fn() };
  const pictures = createPictureProcess({
    module: compiledModule('src/uploads/upload-worker.js'),
    timeoutMs: 60_000,
    maxResidentBytes: 768 * 1024 * 1024,
    observer,
    ...options,
  });
  onTestFinished(pictures.close);
  const folder = temporaryFolder();
  let files = 0;
  const normalize = (bytes: Buffer, owner = 'ada'): Promise<unknown> => {
    const source = join(folder, String(++files));
    writeFileSync(source, bytes);
    return pictures.run(owner, 'normalize', { source, target: `${source}.jpg` });
  };
  const failureOf = (job: Promise<unknown>): Promise<string> =>
    job.then(
      () => 'none',
      ({ failure }: PictureJobError) => failure,
    );
  return { pictures, normalize, failureOf, observer };
}

test('the process starts with the first picture and ends after an idle period', async () => {
  const { pictures, normalize, observer } = startPictures({ idleMs: 50 });
  expect(pictures.pid()).toBeUndefined();
  expect(await normalize(small)).toMatchObject({ width: 30, height: 20 });
  const pid = pictures.pid();
  await expect.poll(() => isAlive(pid)).toBe(false);
  expect(observer.processEnded.mock.calls).toEqual([['idle']]);
  expect(await normalize(small)).toMatchObject({ width: 30, height: 20 });
});

test('a picture that takes too much memory is aborted, and pictures queued behind it are not affected', async () => {
  const { pictures, normalize, failureOf, observer } = startPictures({
    maxResidentBytes: 200 * 1024 * 1024,
  });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentMiB(pictures.pid()) ?? 0);
  }, 2);
  onTestFinished(() => clearInterval(watch));
  const bomb = failureOf(normalize(huge, 'mallory'));
  const behind = [normalize(small), normalize(small, 'ben'), normalize(small, 'mallory')];
  expect(await bomb).toBe('memory');
  for (const innocent of behind) expect(await innocent).toMatchObject({ width: 30 });
  expect(peak).toBeLessThan(450);
  expect(observer.processEnded.mock.calls).toEqual([['memory']]);
  expect(observer.jobEnded.mock.calls.flat()).toEqual(['memory', 'ok', 'ok', 'ok']);
});

test('a picture that takes too long is aborted, and the next one is decoded', async () => {
  const { pictures, normalize, failureOf } = startPictures({ timeoutMs: atMost(500) });
  expect(await normalize(small)).toBeDefined();
  const pid = pictures.pid();
  process.kill(pid ?? 0, 'SIGSTOP');
  const stuck = failureOf(normalize(heavy));
  const behind = normalize(small);
  expect(await stuck).toBe('timeout');
  expect(await behind).toMatchObject({ width: 30 });
  expect(isAlive(pid)).toBe(false);
});

test('the time limit counts CPU time, so a busy machine fails no picture', async () => {
  const { normalize, failureOf, observer } = startPictures({ timeoutMs: 100 });
  expect(await failureOf(normalize(huge))).toBe('timeout');
  expect(observer.processEnded.mock.calls).toEqual([['timeout']]);
});

test('a job whose process is killed from outside is retried in the next one, but not forever', async () => {
  const { pictures, normalize, failureOf } = startPictures();
  await normalize(small);
  const killOnce = async (previous?: number): Promise<number> => {
    await expect.poll(() => pictures.pid() ?? previous, { interval: 1 }).not.toBe(previous);
    const pid = pictures.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    return pid;
  };
  const spared = normalize(heavy);
  await killOnce();
  expect(await spared).toMatchObject({ width: 3000 });

  const lost = failureOf(normalize(heavy));
  const behind = normalize(small);
  await killOnce(await killOnce());
  expect(await lost).toBe('crash');
  expect(await behind).toMatchObject({ width: 30 });
});

test('scheduling is round-robin over owners, and the queue is bounded', async () => {
  const { normalize, failureOf } = startPictures({ maxWaiting: 4 });
  const order: string[] = [];
  const note = (owner: string): Promise<unknown> => normalize(small, owner).then(() => order.push(owner));
  const first = normalize(heavy, 'mallory');
  const jobs = ['mallory', 'mallory', 'mallory', 'ben'].map(note);
  expect(await failureOf(normalize(small, 'ada'))).toBe('unavailable');
  await Promise.all([first, ...jobs]);
  expect(order).toEqual(['mallory', 'ben', 'mallory', 'mallory']);
});

test('a process that cannot be started makes pictures unavailable, and nothing else', async () => {
  const { normalize, failureOf } = startPictures({ module: compiledModule('nowhere.js') });
  expect(await failureOf(normalize(small))).toBe('unavailable');
  expect(await failureOf(normalize(small))).toBe('unavailable');
});

test('closing kills the process while it decodes a picture', async () => {
  const { pictures, normalize, failureOf } = startPictures();
  await normalize(small);
  const pid = pictures.pid();
  const jobs = [failureOf(normalize(heavy)), failureOf(normalize(small))];
  await pictures.close();
  expect(await Promise.all(jobs)).toEqual(['unavailable', 'unavailable']);
  expect(isAlive(pid)).toBe(false);
  expect(await failureOf(normalize(small))).toBe('unavailable');
});

test('the process gets no environment variables', async () => {
  process.env['MODELSLAB_API_KEY'] = 'a-secret';
  onTestFinished(() => void delete process.env['MODELSLAB_API_KEY']);
  const { pictures, normalize } = startPictures();
  await normalize(small);
  const names = readFileSync(`/proc/${pictures.pid()}/environ`, 'latin1')
    .split('\0')
    .map((entry) => entry.split('=')[0])
    .filter((name) => name !== '' && !name?.startsWith('NODE_CHANNEL'));
  expect(names).toEqual(['MALLOC_ARENA_MAX']);
});
