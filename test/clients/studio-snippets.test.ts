import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createElement, type FunctionComponent } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, onTestFinished, test } from 'vitest';
import { keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { type Language, snippetsOf } from '../../web/src/code/snippets.js';

const run = promisify(execFile);
const key = 'ada-key';
const environment = { ...process.env, GATEWAY_API_KEY: key };
const root = join(import.meta.dirname, '../..');

async function start(options: { keys?: boolean } = {}) {
  const gateway = await startGateway(options.keys === false ? {} : { GATEWAY_API_KEYS: keysFor('ada') });
  const sample = (name: string): string => `${gateway.url}/samples/${name}.jpg`;
  const input = {
    initImage: sample('friends'),
    targetImage: sample('farah'),
    referenceImage: sample('chen'),
    watermark: true,
  };
  const snippets = (language: Language): string[] =>
    snippetsOf(language, { origin: gateway.url, input }).map(({ text }) => text);
  return { url: gateway.url, snippets };
}

test.each([true, false])('the curl command runs, with keys: %s', async (keys) => {
  const { snippets } = await start({ keys });
  const [command = ''] = snippets('curl');
  const { stdout } = await run('sh', ['-c', command], { env: environment });
  expect(JSON.parse(stdout)).toMatchObject({ data: { singleFaceSwap: { status: 'SUCCEEDED' } } });
});

test.each([true, false])('the Python program runs, with keys: %s', async (keys) => {
  const { snippets } = await start({ keys });
  const [program = ''] = snippets('python');
  const { stdout } = await run('python3', ['-c', program], { env: environment });
  expect(stdout).toMatch(/^SUCCEEDED http/);
});

test('the GraphQL document runs with its variables', async () => {
  const { url, snippets } = await start();
  const [query, variables = ''] = snippets('graphql');
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables: JSON.parse(variables) }),
  });
  expect(await response.json()).toMatchObject({ data: { singleFaceSwap: { status: 'SUCCEEDED' } } });
});

test.each([true, false])('the JavaScript program runs with the client, with keys: %s', async (keys) => {
  const { snippets } = await start({ keys });
  const [code = ''] = snippets('javascript');
  const program = join(temporaryFolder(), 'swap.mjs');
  const client = JSON.stringify(join(root, 'dist/packages/client/src/index.js'));
  expect(code).toContain("from '@face-swap-gateway/client'");
  writeFileSync(program, code.replace("'@face-swap-gateway/client'", client));
  const { stdout } = await run(process.execPath, [program], { env: environment });
  expect(stdout).toMatch(/^SUCCEEDED \[\s*'http/);
});

test('the React component renders with the hooks', async () => {
  const { snippets } = await start();
  const [code = ''] = snippets('react');
  // Inside of the project, where it finds React.
  const file = join(root, `out/snippet-${process.pid}.tsx`);
  onTestFinished(() => rmSync(file));
  mkdirSync(join(file, '..'), { recursive: true });
  const own = code
    .replace("'@face-swap-gateway/client'", `'${root}/packages/client/src/index.ts'`)
    .replace("'@face-swap-gateway/react'", `'${root}/packages/react/src/index.ts'`);
  writeFileSync(file, `/** @jsxImportSource react */\n${own}`);
  const { App } = (await import(/* @vite-ignore */ file)) as { App: FunctionComponent };
  expect(renderToString(createElement(App))).toContain('Swap faces');
});

test('what is typed into a link cannot end a string, a document or a heredoc', async () => {
  const nasty = `https://images.example.com/a'b"c\\d\`e$(f)\nJSON\n'''.jpg`;
  const input = { initImage: nasty, targetImage: nasty, referenceImage: nasty, watermark: false };
  const call = { origin: 'https://swaps.example.com', input };
  const [curl] = snippetsOf('curl', call);
  const body = curl?.text.split("<<'JSON'\n")[1]?.split('\nJSON\n')[0] ?? '';
  expect(JSON.parse(body).variables.input.initImage).toBe(nasty);
  const [python] = snippetsOf('python', call);
  const { stdout } = await run('python3', [
    '-c',
    `${python?.text.split('request = ')[0]}\nprint(json.loads(body)["variables"]["input"]["initImage"], end="")`,
  ]);
  expect(stdout).toBe(nasty);
  const [javascript] = snippetsOf('javascript', call);
  const object = /swaps\.swap\(([\s\S]*)\);\nconsole/.exec(javascript?.text ?? '')?.[1];
  expect(new Function(`return (${object}).initImage`)()).toBe(nasty);
});
