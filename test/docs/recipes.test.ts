import { afterAll, beforeAll, expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { readRecipes } from './recipe.js';
import { createRecipeProject, type Run } from './recipe-project.js';
import { refuseConnections } from './refuse-connections.js';
import { startSpokenSandbox } from './spoken-sandbox.js';

const { files, programs } = readRecipes();
const project = createRecipeProject(files);
const env = { GATEWAY_API_KEYS: keysFor(...programs), MODELSLAB_QUEUE_LIMIT: '15' };

beforeAll(async () => {
  const generated = await project.tool('@graphql-codegen/cli/esm/bin.js', '--config', 'codegen.yml').ended;
  expect(generated).toMatchObject({ exitCode: 0 });
});
afterAll(() => project.remove());

/** Runs each program with its own key, all at once. */
function runAll(url: string, keyOf = (program: string): string => `${program}-key`) {
  return programs.map((program) => ({
    program,
    run: project.run(program, { GATEWAY_URL: url, GATEWAY_API_KEY: keyOf(program) }),
  }));
}

/** For results whose URLs lead nowhere, and are compared. */
const foreignResults = { ARCHIVE: 'off' };

test('the document has all recipes that it lists', () => {
  const promised = ['swap-client', 'apollo', 'apollo-list', 'urql', 'plain', 'save-swap', 'long-polling'];
  expect(programs).toEqual(promised);
});

test('every recipe compiles under strict rules', async () => {
  expect((await project.tool('typescript/bin/tsc').ended).lines).toEqual([]);
});

test('every recipe exits without errors and with the result, after one swap', async () => {
  const gateway = await startGateway(env);
  const checks = runAll(gateway.url).map(async ({ program, run }) => {
    const { exitCode, lines, complaints } = await run.ended;
    expect({ program, exitCode, complaints }).toEqual({ program, exitCode: 0, complaints: '' });
    const picture = lines.find((line) => line.startsWith('SUCCEEDED '))?.split(' ')[1] ?? '';
    const { data } = await gateway.graphql('{ swaps { nodes { output } } }', {}, bearer(program));
    expect({ program, data }).toEqual({ program, data: { swaps: { nodes: [{ output: [picture] }] } } });
    expect((await fetch(picture)).headers.get('content-type')).toBe('image/jpeg');
  });
  await Promise.all(checks);
});

test('every recipe follows its swap across a restart of the gateway', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  const DATA_DIR = temporaryFolder();
  const settings = { ...env, ...foreignResults, DATA_DIR };
  const { gateway, url } = await startGateway(settings, { sandbox });
  modelsLab.handle((call) => call.answer(200, answers.processing(500 + modelsLab.submissions().length)));
  const runs = runAll(url);
  await Promise.all(runs.map(({ run }) => run.printed('PROCESSING')));

  await gateway.close();
  await refuseConnections(Number(new URL(url).port), 2 * programs.length);
  await startGateway({ ...settings, PORT: new URL(url).port }, { sandbox });
  for (const index of programs.keys()) await modelsLab.sendWebhook(answers.success(501 + index), index);
  await Promise.all(runs.map(({ run }) => run.printed('SUCCEEDED https://files.example.com/')));
});

test('the list shows older pages, and a new swap on top of them', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  modelsLab.handle((call) => call.answer(200, answers.success(modelsLab.submissions().length)));
  const gateway = await startGateway({ ...env, ...foreignResults }, { sandbox });
  for (let trackId = 1; trackId <= 12; trackId++)
    await requestSwap(gateway, { trackId }, { wait: 5, headers: bearer('apollo-list') });

  const { lines } = await project.run('apollo-list', {
    GATEWAY_URL: gateway.url,
    GATEWAY_API_KEY: 'apollo-list-key',
  }).ended;
  const pictures = Array.from(
    { length: 13 },
    (_, index) => `SUCCEEDED https://files.example.com/${13 - index}.jpg`,
  );
  expect(lines.slice(-13)).toEqual(pictures);
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
  const answer = await fetch(await addressOf(project.run('token-endpoint', env)));
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
  const receiver = project.run('webhook-receiver', {
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

test('every recipe prints the code of a rejected request and exits', async () => {
  const { url } = await startGateway(env);
  const endings = runAll(url, () => 'wrong-key').map(async ({ program, run }) => {
    const { exitCode, complaints } = await run.ended;
    return { program, exitCode, complaints };
  });
  expect(await Promise.all(endings)).toEqual(
    programs.map((program) => ({
      program,
      exitCode: 1,
      complaints: expect.stringMatching(/^UNAUTHENTICATED |code: 'UNAUTHENTICATED'/),
    })),
  );
});
