import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { give, startPictureHost } from '../../testing/archived-swap.js';
import { startOtlpReceiver } from '../../testing/otlp-receiver.js';
import { samplePicture } from '../../testing/pictures.js';
import { expectPrivate, secretImages } from '../../testing/private-urls.js';
import { sharedEnv, startWatching } from '../../testing/redis-gateways.js';
import { startRedis } from '../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, type StubModelsLab, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const script = join(import.meta.dirname, '../../scripts/logs.ts');

/** `npm run logs`, with this log on standard input. */
async function logs(log: string, ...args: string[]) {
  const child = spawn(process.execPath, [script, ...args], { stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (part) => {
      output[name] += String(part);
    });
  child.stdin.on('error', () => undefined);
  child.stdin.end(log);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...output, lines: output.stdout.split('\n').filter((line) => line !== '') };
}

/** A receiver of client webhooks that first fails. */
async function startHook() {
  let posts = 0;
  const server = createServer((request, response) => {
    posts += 1;
    request.resume().on('end', () => response.writeHead(posts === 1 ? 500 : 204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

/** Lines about the process rather than about a swap. */
const ofTheProcess = /^ModelsLab is (un)?available/;

const erase = (gateway: TestGateway, id: string, headers: Record<string, string> = {}) =>
  gateway.graphql(`mutation ($id: ID!) { eraseSwap(id: $id) { id } }`, { id }, headers);
const requestedAs = (requestId: string) => ({ headers: { 'x-request-id': requestId } });
const messagesOf = (gateway: TestGateway, id: string) =>
  gateway.logs
    .lines()
    .filter(({ swap, msg }) => swap === id && msg !== 'audit')
    .map(({ msg }) => msg);

async function answerSubmission(stub: StubModelsLab, index: number, body: object): Promise<void> {
  (await stub.submission(index)).answer(200, body);
}

test('each line about a swap has its id and that of the request, and the story can be told', async () => {
  const [stub, host, hook] = [await startStubModelsLab(), await startPictureHost(), await startHook()];
  host.serve('/c4n4ry.jpg', give(samplePicture('ada')));
  const gateway = await startGateway(
    {
      ...stub.env,
      ARCHIVE: 'disk',
      ALLOW_PRIVATE_WEBHOOKS: 'on',
      PROCESSING_DEADLINE_MS: '600',
      POLL_INTERVAL_MS: '100',
      DATA_DIR: temporaryFolder(),
    },
    { acceptsLoopback: true },
  );
  stub.handle((call) => {
    if (call.path.includes('/fetch/'))
      call.answer(200, answers.processing(String(call.path.split('/').at(-1))));
    else if (!call.path.endsWith('/single_face_swap')) call.answer(200, { status: 'success' });
  });
  const success = (id: number) => ({ ...answers.success(id), output: [`${host.url}/c4n4ry.jpg`] });

  const atStart = gateway.logs.lines().length;
  const good = await requestSwap(
    gateway,
    { ...secretImages, webhook: hook, trackId: 1 },
    requestedAs('good'),
  );
  await answerSubmission(stub, 0, answers.processing(101));
  const repeated = await requestSwap(
    gateway,
    { ...secretImages, webhook: hook, trackId: 1 },
    requestedAs('again'),
  );
  expect(repeated.id).toBe(good.id);
  await expect.poll(() => messagesOf(gateway, good.id)).toContain('submitted the swap to ModelsLab');
  expect(await stub.sendWebhook(success(101), 0)).toBe(200);
  await expect
    .poll(() => messagesOf(gateway, good.id))
    .toEqual(expect.arrayContaining(['client webhook failed; will retry', 'archived the result of a swap']));
  await erase(gateway, good.id, { 'x-request-id': 'erasing' });
  await expect.poll(() => messagesOf(gateway, good.id)).toContain('erased a swap');

  const failed = await requestSwap(gateway, { ...secretImages, trackId: 2 }, requestedAs('failing'));
  await answerSubmission(stub, 1, answers.error('No face detected'));
  await expect.poll(() => messagesOf(gateway, failed.id)).toContain('swap finished');

  const late = await requestSwap(gateway, { ...secretImages, trackId: 3 }, requestedAs('late'));
  await answerSubmission(stub, 2, answers.processing(103));
  await watchToEnd(gateway, late.id);
  expect(await stub.sendWebhook(success(103), 2)).toBe(200);

  const unknown = await requestSwap(gateway, { ...secretImages, trackId: 4 }, requestedAs('lost'));
  (await stub.submission(3)).reset();
  await watchToEnd(gateway, unknown.id);
  await gateway.gateway.close();

  const requestOf: Record<string, string> = {
    [good.id]: 'good',
    [failed.id]: 'failing',
    [late.id]: 'late',
    [unknown.id]: 'lost',
  };
  const lines = gateway.logs.lines().slice(atStart);
  const isAboutSwap = ({ msg }: Record<string, unknown>): boolean => !ofTheProcess.test(String(msg));
  for (const line of lines.filter(isAboutSwap)) {
    expect(line).toMatchObject({ swap: expect.any(String), requestId: expect.any(String) });
    if (!['webhook', 'audit', 'an identical request returned the swap'].includes(String(line['msg'])))
      expect(line).toMatchObject({ requestId: requestOf[String(line['swap'])] });
  }
  const accepted = lines.filter(({ msg }) => msg === 'swap accepted');
  expect(accepted.map(({ swap, level }) => [swap, level])).toEqual(
    Object.keys(requestOf).map((id) => [id, 'info']),
  );
  expectPrivate(gateway.logs.text(), stub.env['MODELSLAB_API_KEY'] ?? '');

  const story = await logs(gateway.logs.text(), good.id);
  expect(story).toMatchObject({ code: 0, stderr: '' });
  const [head, since, ...told] = story.lines;
  expect(head).toBe(`swap ${good.id}`);
  expect(since).toMatch(/^accepted \d{4}-\d\d-\d\dT/);
  const order = [
    'swap accepted',
    'submitted the swap to ModelsLab  requestId=good  outcome=processing  modelsLabId=101',
    'swap finished  requestId=good  status=SUCCEEDED',
    'archived the result of a swap',
    'erased a swap',
  ].map((text) => told.findIndex((line) => line.includes(text)));
  expect(order).not.toContain(-1);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  for (const line of told) expect(line).toMatch(/^ +[+-]\d+\.\d{3} s {2}\S/);
  for (const text of [
    'an identical request returned the swap  requestId=again',
    'client webhook failed; will retry',
  ])
    expect(told.join('\n')).toContain(text);
  for (const other of [failed.id, late.id, unknown.id]) expect(story.stdout).not.toContain(other);

  expect((await logs(gateway.logs.text(), failed.id)).stdout).toMatch(/swap finished .*status=FAILED/);
  expect((await logs(gateway.logs.text(), late.id)).stdout).toMatch(
    /WARN result arrived after the swap had failed/,
  );
  expect((await logs(gateway.logs.text(), unknown.id)).stdout).toContain(
    'WARN outcome of the submission is unknown; waiting for a webhook',
  );
});

test('lines of all instances and of a restarted process have the ids of the request, and of the trace', async () => {
  const [stub, receiver, redis] = [await startStubModelsLab(), await startOtlpReceiver(), await startRedis()];
  stub.handle((call) => call.answer(200, answers.processing(7)));
  const env = { ...stub.env, ...sharedEnv(redis), ...receiver.env };
  const first = await startGateway(env);
  const second = await startGateway(env);
  const { id } = await requestSwap(first, {}, requestedAs('from-the-first'));
  const { end } = await startWatching(second, id);
  const { body } = await stub.submission();
  await first.gateway.close();
  await fetch(`${second.url}${new URL(String(body['webhook'])).pathname}`, {
    method: 'POST',
    body: JSON.stringify(answers.success(7)),
  });
  expect((await end)?.status).toBe('SUCCEEDED');
  await second.gateway.close();
  const { traceId } = await receiver.span(({ name }) => name === 'swap.accept');
  const finished = second.logs.lines().find(({ msg }) => msg === 'swap finished');
  expect(finished).toMatchObject({ swap: id, requestId: 'from-the-first', traceId });

  // As a collector shows them: interleaved, out of order, with names in front.
  const mixed = [
    ...second.logs
      .text()
      .split('\n')
      .map((line) => `gateway-2  | ${line}`),
    'panic: not JSON {"swap":',
    ...first.logs
      .text()
      .split('\n')
      .map((line) => `2026-11-28T00:00:00Z ${line}`),
  ].join('\r\n');
  const { lines, code } = await logs(mixed, id);
  expect(code).toBe(0);
  expect(lines).toContain(`trace ${traceId}`);
  const texts = ['swap accepted', 'swap finished'].map((text) =>
    lines.findIndex((line) => line.includes(text)),
  );
  expect(texts[0]).toBeGreaterThan(0);
  expect(texts[1]).toBeGreaterThan(texts[0] ?? 0);
  const passed = await logs(mixed, id, '--json');
  const times = passed.lines.map((line) => (JSON.parse(line) as { time: string }).time);
  expect(times).toEqual([...times].sort());
  expect(passed.lines.length).toBe(lines.length - 3);
});

const line = (fields: object, ms = 0) =>
  JSON.stringify({ level: 'info', time: new Date(Date.UTC(2026, 0, 1) + ms).toISOString(), ...fields });

test('a line without a swap is part of the story if its request is', async () => {
  const log = [
    line(
      { requestId: 'r1', msg: 'unexpected error in a request', err: { type: 'Error', message: 'broken' } },
      5,
    ),
    line({ requestId: 'r2', msg: 'of another request' }, 6),
    line({ requestId: 'r1', swap: 'swap-2', msg: 'another swap of the request' }, 7),
    line({ swap: 'swap-1', requestId: 'r1', msg: 'swap accepted' }, 0),
    line({ swap: 'swap-1', requestId: 'r3', msg: 'evil \u001b[2J text' }, 90_061),
  ].join('\n');
  const { lines } = await logs(log, 'swap-1');
  expect(lines).toEqual([
    'swap swap-1',
    'accepted 2026-01-01T00:00:00.000Z',
    '    +0.000 s  swap accepted  requestId=r1',
    '    +0.005 s  unexpected error in a request  requestId=r1  err=Error: broken',
    '   +90.061 s  evil \uFFFD[2J text  requestId=r3',
  ]);
});

test('a log that begins later gives times since its first line', async () => {
  const { lines } = await logs(line({ swap: 'swap-1', msg: 'swap finished' }), 'swap-1');
  expect(lines[1]).toContain('does not have its acceptance');
  expect(lines[2]).toBe('    +0.000 s  swap finished');
});

test('a log without the swap, and a wrong command, are errors', async () => {
  const log = line({ swap: 'swap-1', requestId: 'r1', msg: 'swap accepted' });
  expect(await logs(log, 'r1')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'the log has no line about a swap r1; it is the id of a request for the swap swap-1\n',
  });
  expect(await logs('', 'swap-1')).toMatchObject({ code: 1, stdout: '' });
  for (const args of [[], ['a', 'b'], ['--what', 'a']])
    expect((await logs(log, ...args)).stderr).toContain('usage: npm run --silent logs -- SWAP_ID');
});

test('pictures that cannot be read are logged with the swap that needs them', async () => {
  const [stub, host] = [await startStubModelsLab(), await startPictureHost()];
  const gateway = await startGateway(
    { ...stub.env, MODELSLAB_IMAGES: 'base64', ALLOW_HTTP_IMAGES: 'on' },
    { acceptsLoopback: true },
  );
  const url = `${host.url}/gone.jpg`;
  const input = { initImage: url, targetImage: url, referenceImage: url };
  const { id } = await requestSwap(gateway, input, requestedAs('reading'));
  await expect.poll(() => messagesOf(gateway, id)).toContain('swap finished');
  const line = gateway.logs.lines().find(({ msg }) => msg === 'failed to read the pictures of a swap');
  expect(line).toMatchObject({ swap: id, requestId: 'reading' });
});
