import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { killWithParent } from '../../testing/kill-with-parent.js';
import { startGateway } from '../../testing/start-gateway.js';
import { startStubModelsLab } from '../../testing/stub-modelslab.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

interface DemoRun {
  /** Working directory, where `out/` is created. */
  folder: string;
  /** Used instead of the system's temporary folder. */
  temporary: string;
  demo: ChildProcess;
  /** Resolves with the first matching line, or null if it ended without one. */
  line(pattern: RegExp): Promise<string | null>;
  ended(): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Requires `dist/`, which `npm test` builds first. */
function runDemo(...parameters: string[]): DemoRun {
  const folder = temporaryFolder();
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const program = join(import.meta.dirname, '../../dist/packages/client/demo/main.js');
  const demo = killWithParent(
    spawn(process.execPath, [program, ...parameters], {
      cwd: folder,
      env: { PATH: process.env['PATH'], TMPDIR: temporary, MODELSLAB_API_KEY: 'must-not-be-used' },
      detached: true,
    }),
  );
  onTestFinished(() => void demo.kill('SIGTERM'));
  const written = { stdout: '', stderr: '' };
  demo.stdout.on('data', (chunk) => {
    written.stdout += String(chunk);
  });
  demo.stderr.on('data', (chunk) => {
    written.stderr += String(chunk);
  });
  const closed = once(demo, 'close');
  return {
    folder,
    temporary,
    demo,
    line: (pattern) =>
      new Promise((resolve) => {
        const lines = createInterface({ input: demo.stdout });
        lines.on('line', (line) => {
          if (pattern.test(line)) resolve(line);
        });
        lines.on('close', () => resolve(null));
      }),
    ended: async () => ({ code: (await closed)[0] as number | null, ...written }),
  };
}

test('the demo swaps two samples with its own gateway, saves a JPEG and leaves nothing else behind', async () => {
  const run = runDemo('--own');
  const { code, stdout, stderr } = await run.ended();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^gateway \S+ at \S+ \(sandbox/);
  expect(stdout.match(/^ {2}[A-Z]+/gm)?.map((status) => status.trim())).toEqual(
    expect.arrayContaining(['PROCESSING', 'SUCCEEDED']),
  );

  const path = /^saved (out\/[\w-]+\.jpg)$/m.exec(stdout)?.[1] ?? '';
  const picture = readFileSync(join(run.folder, path));
  expect(picture.subarray(0, 3).toString('hex')).toBe('ffd8ff');
  expect(await sharp(picture).metadata()).toMatchObject({ format: 'jpeg', width: 640, height: 640 });
  expect(await differingPixels(picture, 'ada')).toBeGreaterThan(0.02);
  expect(readdirSync(run.temporary)).toEqual([]);
  await expect(fetch(`${urlIn(stdout)}/livez`)).rejects.toThrow('fetch failed');
});

test('the demo uses a running gateway', async () => {
  const { url } = await startGateway();
  const { code, stdout } = await runDemo('--url', url).ended();
  expect(code).toBe(0);
  expect(urlIn(stdout)).toBe(url);
});

test('when interrupted, the demo stops its gateway and says so', async () => {
  const run = runDemo('--own');
  const url = urlIn((await run.line(/^gateway /)) ?? '');
  await run.line(/PROCESSING/);
  run.demo.kill('SIGINT');
  expect(await run.ended()).toMatchObject({ code: 1, stderr: 'demo: interrupted\n' });
  expect(readdirSync(run.temporary)).toEqual([]);
  await expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed');
});

test('the demo reports an error with one clear line and exits with 1', async () => {
  const failure = async (...parameters: string[]): Promise<string> => {
    const { code, stderr } = await runDemo(...parameters).ended();
    expect(code).toBe(1);
    return stderr;
  };
  const sandbox = await startGateway();
  const live = await startGateway((await startStubModelsLab()).env);

  expect(await failure('--url', 'http://127.0.0.1:1')).toBe(
    'demo: No response from http://127.0.0.1:1/graphql.\n',
  );
  expect(await failure('--url', live.url)).toMatch(
    /^demo: ModelsLab cannot read the samples of a gateway at \S+; use --init and --target with public pictures\n$/,
  );
  expect(await failure('--url', sandbox.url, '--init', `${sandbox.url}/samples/nobody.jpg`)).toMatch(
    /^demo: the swap ended as FAILED: ModelsLab could not read one of the images\. Use a public .* "Unable to fetch image from provided URL"\n$/,
  );
});

function urlIn(text: string): string {
  return / at (\S+) \(/.exec(text)?.[1] ?? 'none';
}

/** Fraction of the pixels, 0–1, that clearly differ from the sample. */
async function differingPixels(picture: Buffer, sample: string): Promise<number> {
  const original = join(import.meta.dirname, `../../samples/pictures/${sample}.jpg`);
  const [after, before] = await Promise.all(
    [picture, original].map((image) => sharp(image).greyscale().raw().toBuffer()),
  );
  const differing = after?.filter((value, index) => Math.abs(value - (before?.[index] ?? 0)) > 40).length;
  return (differing ?? 0) / (before?.length ?? 1);
}
