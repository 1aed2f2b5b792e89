import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import type { Run } from './recipe-process.js';
import { createRecipeProjects } from './recipe-project.js';
import { refuseConnections } from './refuse-connections.js';
import { startSpokenSandbox } from './spoken-sandbox.js';

const projects = createRecipeProjects();
afterAll(() => projects.remove());

/** Programs that swap two faces and end, by the client that each has. */
const programs: Record<string, string> = {
  'save-swap': 'node/save-swap.ts',
  shell: 'shell/swap.sh',
  python: 'python/swap.py',
};
const clients = Object.keys(programs);
const env = { GATEWAY_API_KEYS: keysFor(...clients), MODELSLAB_QUEUE_LIMIT: '15' };

/** Runs each program with its own key, all at once. */
function runAll(url: string, keyOf = (client: string): string => `${client}-key`) {
  return clients.map((client) => ({
    client,
    run: projects.run(programs[client] ?? '', { GATEWAY_URL: url, GATEWAY_API_KEY: keyOf(client) }),
  }));
}

/** For results whose URLs lead nowhere, and are compared. */
const foreignResults = { ARCHIVE: 'off' };

test('every program compiles under strict rules', async () => {
  expect((await projects.tool('node', 'typescript/bin/tsc').ended).lines).toEqual([]);
});

test('every program exits without errors and with the result, after one swap', async () => {
  const gateway = await startGateway(env);
  const checks = runAll(gateway.url).map(async ({ client, run }) => {
    const { exitCode, lines, complaints } = await run.ended;
    expect({ client, exitCode, complaints }).toEqual({ client, exitCode: 0, complaints: '' });
    const { data } = await gateway.graphql('{ swaps { nodes { status } } }', {}, bearer(client));
    expect({ client, data }).toEqual({ client, data: { swaps: { nodes: [{ status: 'SUCCEEDED' }] } } });
    expect(lines.some((line) => line.startsWith('SUCCEEDED'))).toBe(true);
  });
  await Promise.all(checks);
});

test('the programs that save the picture have it', async () => {
  for (const name of ['shell/swap.jpg', 'python/swap.jpg']) {
    const bytes = readFileSync(join(projects.folder, name));
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  }
});

test('every program follows its swap across a restart of the gateway', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  const DATA_DIR = temporaryFolder();
  const settings = { ...env, ...foreignResults, DATA_DIR };
  const { gateway, url } = await startGateway(settings, { sandbox });
  modelsLab.handle((call) => call.answer(200, answers.processing(500 + modelsLab.submissions().length)));
  const runs = runAll(url);
  await Promise.all(clients.map((_, index) => modelsLab.submission(index)));

  await gateway.close();
  await refuseConnections(Number(new URL(url).port), 2 * clients.length);
  const next = await startGateway({ ...settings, PORT: new URL(url).port }, { sandbox });
  for (const index of clients.keys()) await modelsLab.sendWebhook(answers.success(501 + index), index);
  await Promise.all(runs.map(({ run }) => run.printed('SUCCEEDED')));
  for (const client of clients) {
    const { data } = await next.graphql('{ swaps { nodes { status } } }', {}, bearer(client));
    expect({ client, data }).toEqual({ client, data: { swaps: { nodes: [{ status: 'SUCCEEDED' }] } } });
  }
});

/** Where a server of a recipe listens. */
async function addressOf(run: Run): Promise<string> {
  await run.printed('');
  const [, port] = /"port":(\d+)/.exec(run.lines().join()) ?? [];
  return `http://127.0.0.1:${port}`;
}

test('the endpoint for tokens gives a page a token with which it can swap', async () => {
  const gateway = await startGateway({ GATEWAY_API_KEYS: keysFor('web') });
  const env = { GATEWAY_URL: gateway.url, GATEWAY_API_KEY: 'web-key', PORT: '0' };
  const answer = await fetch(await addressOf(projects.run('node/token-endpoint.ts', env)));
  const { token } = (await answer.json()) as { token: string };
  const { data } = await gateway.graphql(
    '{ me { client scopes } }',
    {},
    { authorization: `Bearer ${token}` },
  );
  expect(data?.['me']).toEqual({ client: 'token:web:user-1', scopes: ['SWAP', 'READ', 'CANCEL', 'UPLOAD'] });
});

test('the receiver of webhooks accepts what the gateway signed for its client, and nothing else', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  modelsLab.handle((call) => call.answer(200, answers.success(1)));
  const clients = { GATEWAY_API_KEYS: keysFor('web', 'app'), ALLOW_PRIVATE_WEBHOOKS: 'on' };
  const settings = { ...clients, ...foreignResults };
  const gateway = await startGateway(settings, { sandbox });
  const { data } = await gateway.graphql('{ me { webhookSigningSecret } }', {}, bearer('web'));
  const me = data?.['me'] as { webhookSigningSecret: string } | undefined;
  const receiver = projects.run('node/webhook-receiver.ts', {
    WEBHOOK_SECRET_OF_MY_CLIENT: String(me?.webhookSigningSecret),
    PORT: '0',
  });
  const webhook = await addressOf(receiver);
  const foreign = await requestSwap(gateway, { webhook }, { wait: 5, headers: bearer('app') });
  await expect
    .poll(() => gateway.logs.lines())
    .toContainEqual(expect.objectContaining({ swap: foreign.id, reason: 'HTTP 401' }));
  const own = await requestSwap(gateway, { webhook }, { wait: 5, headers: bearer('web') });
  await receiver.printed(`SUCCEEDED ${own.id} https://files.example.com/1.jpg`);
  expect(receiver.lines().join()).not.toContain(foreign.id);
});

test('every program prints the code of a rejected request and exits', async () => {
  const { url } = await startGateway(env);
  const endings = runAll(url, () => 'wrong-key').map(async ({ client, run }) => {
    const { exitCode, complaints } = await run.ended;
    return { client, exitCode, complaints };
  });
  expect(await Promise.all(endings)).toEqual(
    clients.map((client) => ({
      client,
      exitCode: 1,
      complaints: expect.stringMatching(/^UNAUTHENTICATED |code: 'UNAUTHENTICATED'/),
    })),
  );
});

test('the shell and Python programs print why a swap failed', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  modelsLab.handle((call) => call.answer(200, answers.error('No face detected')));
  const { url } = await startGateway({ ...env, ...foreignResults }, { sandbox });
  const endings = runAll(url).filter(({ client }) => client === 'shell' || client === 'python');
  for (const { run } of endings)
    expect(await run.ended).toMatchObject({ exitCode: 1, complaints: expect.stringMatching(/no face/) });
});
