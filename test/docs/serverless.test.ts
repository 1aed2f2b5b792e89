import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { createRecipeProjects } from './recipe-project.js';

const document = readFileSync(join(import.meta.dirname, '../../docs/serverless.md'), 'utf8');
const files = [...document.matchAll(/^```ts file=(\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => ({
  name,
  text,
}));

type Handler = (request: Request) => Promise<Response>;
type SwapFaces = (functionUrl: string, input: object, key: string) => Promise<Record<string, unknown>>;

/** The document's files as modules. */
async function load(env: Record<string, string>): Promise<{ handler: Handler; swapFaces: SwapFaces }> {
  // A folder of its own for each test, since modules are cached by path and read the environment once.
  const folder = join(temporaryFolder(), 'functions');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  const before = { ...process.env };
  Object.assign(process.env, env);
  const module = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href);
  const { default: handler } = (await module('function.ts')) as { default: Handler };
  const { swapFaces } = (await module('page.ts')) as { swapFaces: SwapFaces };
  process.env = before;
  return { handler, swapFaces };
}

/** A platform that runs the function. @param isCutOff whether the n-th call gets no response */
async function deploy(handler: Handler, isCutOff = (_call: number) => false) {
  const statuses: number[] = [];
  let calls = 0;
  const server = createServer(async (request, response) => {
    const isLost = isCutOff(calls++);
    const body = await buffer(request);
    const answer = await handler(new Request('https://function.example', { method: 'POST', body }));
    if (isLost) return void request.socket.destroy();
    statuses.push(answer.status);
    const headers = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, statuses };
}

async function start() {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({ ...upstream.env, GATEWAY_API_KEYS: keysFor('functions') });
  const env = { GATEWAY_URL: gateway.url, GATEWAY_API_KEY: 'functions-key' };
  return { upstream, gateway, ...(await load(env)) };
}

test('the document has the files that it explains, and they compile under strict rules', async () => {
  expect(files.map(({ name }) => name)).toEqual(['swap.ts', 'function.ts', 'page.ts']);
  const projects = createRecipeProjects({ shared: [], own: new Map([['node', files]]) });
  onTestFinished(() => projects.remove());
  expect((await projects.tool('node', 'typescript/bin/tsc').ended).lines).toEqual([]);
});

test('calls that are cut off and repeated with one key lead to one swap and its result', async () => {
  const { upstream, gateway, handler, swapFaces } = await start();
  const { url, statuses } = await deploy(handler, (call) => call === 0);
  const done = swapFaces(url, images, randomUUID());
  const submission = await upstream.submission();
  submission.answer(200, answers.processing(1));
  // The first call is answered into nothing; the page asks again meanwhile.
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  expect(await done).toMatchObject({ status: 'SUCCEEDED', output: [expect.stringMatching(/^https/)] });
  expect(statuses).toEqual([200]);
  expect(upstream.submissions()).toHaveLength(1);
  const { data } = await gateway.graphql('{ swaps { nodes { id } } }', {}, bearer('functions'));
  expect(data?.['swaps']).toMatchObject({ nodes: [expect.anything()] });
});

test('a request that is rejected for good ends with its message', async () => {
  const { handler, swapFaces } = await start();
  const { url } = await deploy(handler);
  const rejected = swapFaces(url, { ...images, initImage: 'ftp://nowhere' }, randomUUID());
  await expect(rejected).rejects.toThrow('initImage');
});
