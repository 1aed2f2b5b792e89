import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';
import { createToken, withToken } from '../../testing/client-tokens.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { samplePicture } from '../../testing/pictures.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { upload } from '../../testing/upload.js';

const script = join(import.meta.dirname, '../../scripts/erase.ts');

async function run(env: Record<string, string>, ...args: string[]) {
  const failed = (error: { code: number; stdout: string; stderr: string }) => error;
  const options = { env: { PATH: process.env['PATH'], ...env } };
  const done = await promisify(execFile)(process.execPath, [script, ...args], options).catch(failed);
  return { code: 0, ...done };
}

test('the command erases swaps, uploads and usage of a client and its tokens, of nobody else, and prints a receipt', async () => {
  const sandbox = await createSandbox({
    render: false,
    faults: { latencyMs: [0, 0], generationMs: [0, 0] },
  });
  onTestFinished(sandbox.close);
  const ADMIN_TOKEN = 'a-token-for-operators';
  const gateway = await startGateway(
    { GATEWAY_API_KEYS: keysFor('ada', 'bob'), ADMIN_PORT: '0', ADMIN_TOKEN },
    { sandbox },
  );
  const token = withToken(await createToken(gateway, 'ada', 'visitor'));
  const [own, tokens, others] = [
    await requestSwap(gateway, { consent: true }, { wait: 20, headers: bearer('ada') }),
    await requestSwap(gateway, {}, { wait: 20, headers: token }),
    await requestSwap(gateway, {}, { wait: 20, headers: bearer('bob') }),
  ];
  const pictures = [
    await upload(gateway, samplePicture('ada'), bearer('ada')),
    await upload(gateway, samplePicture('ada'), token),
    await upload(gateway, samplePicture('ada'), bearer('bob')),
  ].map(({ picture }) => picture.url);

  const admin = { ADMIN_URL: String(gateway.gateway.adminUrl), ADMIN_TOKEN };
  const { code, stdout, stderr } = await run(admin, '--client', 'ada');
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    client: 'ada',
    erasedAt: expect.any(String),
    swaps: { erased: 2, pending: 0, notPossible: 0 },
    reasons: [],
    uploads: 2,
    usage: 'DONE',
    consents: 'KEPT',
  });
  const read = async (id: string, headers: Record<string, string>) =>
    (await gateway.graphql('query ($id: ID!) { swapResult(id: $id) { output erasedAt } }', { id }, headers))
      .data?.['swapResult'];
  const erased = { output: [], erasedAt: expect.any(String) };
  expect(await read(own.id, bearer('ada'))).toEqual(erased);
  expect(await read(tokens.id, token)).toEqual(erased);
  expect(await read(others.id, bearer('bob'))).toEqual({ output: others.output, erasedAt: null });
  const statuses = await Promise.all(pictures.map(async (url) => (await fetch(url)).status));
  expect(statuses).toEqual([404, 404, 200]);
  const usage = await gateway.graphql('{ me { usage { swaps } } }', {}, bearer('ada'));
  expect(usage.data).toEqual({ me: { usage: { swaps: 0 } } });
  const consents = await fetch(`${gateway.gateway.adminUrl}/consents`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  expect((await consents.json()) as object).toMatchObject({ consents: [{ client: 'ada' }] });
});

test('the command exits with 2 while an erasure is pending', async () => {
  const sandbox = await createSandbox({
    render: false,
    faults: { latencyMs: [0, 0], generationMs: [60_000, 60_000] },
  });
  onTestFinished(sandbox.close);
  const ADMIN_TOKEN = 'a-token-for-operators';
  const gateway = await startGateway({ ADMIN_PORT: '0', ADMIN_TOKEN }, { sandbox });
  await requestSwap(gateway);
  await expect.poll(() => sandbox.submissions().length).toBe(1);
  const { code, stdout } = await run(
    { ADMIN_URL: String(gateway.gateway.adminUrl), ADMIN_TOKEN },
    '--client',
    'local',
  );
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ swaps: { erased: 0, pending: 1 } });
});

test.each([
  [['--client', ''], 'usage: npm run --silent erase -- --client NAME'],
  [['ada'], 'usage: npm run --silent erase -- --client NAME'],
  [['--client', 'ada'], 'ADMIN_PORT (or ADMIN_URL) and ADMIN_TOKEN must be set'],
])('the command explains what is missing in %j', async (args, message) => {
  const { code, stderr } = await run({}, ...args);
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
});
