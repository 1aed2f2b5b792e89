import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as elapsed } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { killWithParent } from '../../testing/kill-with-parent.js';
import { measurable, throwInProcess } from '../../testing/process-memory.js';
import { openSocket } from '../../testing/raw-socket.js';
import type { GatewayProcess } from '../../testing/spawn-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { atMost } from '../../testing/timeouts.js';

const root = join(import.meta.dirname, '../..');
const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );

async function startWithSubmission(env: Record<string, string> = {}) {
  const stub = await startStubModelsLab();
  const all = { ...stub.env, DATA_DIR: temporaryFolder(), POLL_INTERVAL_MS: '60000', ...env };
  const gateway = await startGatewayProcess(all);
  const { id } = await requestSwap(gateway);
  return { stub, gateway, id, env: all, submission: await stub.submission() };
}

/** Starts a request that never ends, which a shutdown would wait for. */
async function holdRequest({ url }: GatewayProcess): Promise<void> {
  const { hostname, port } = new URL(url);
  const connection = connect(Number(port), hostname).on('error', () => undefined);
  onTestFinished(() => void connection.destroy());
  connection.write(
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  );
  await once(connection, 'connect');
}

test('SIGTERM waits for the response to a submission for longer than five seconds, and stores it', async () => {
  const { gateway, submission, id, env } = await startWithSubmission();
  const ended = gateway.kill('SIGTERM');
  expect(await Promise.race([ended, elapsed(6500, 'still there')])).toBe('still there');
  submission.answer(200, answers.processing(7, 600));
  expect(await ended).toBe(0);
  expect(await readSwap(await startGatewayProcess(env), id)).toMatchObject({ modelsLabId: '7' });
});

test('SIGTERM does not wait for a poll', async () => {
  const { gateway, submission, stub, id } = await startWithSubmission({ POLL_INTERVAL_MS: '10' });
  submission.answer(200, answers.processing(7, 0.01));
  await stub.fetchCall();
  expect(await readSwap(gateway, id)).toMatchObject({ status: 'PROCESSING' });
  const since = performance.now();
  expect(await gateway.kill('SIGTERM')).toBe(0);
  expect(performance.now() - since).toBeLessThan(atMost(4000));
});

test('a second signal skips every wait except for submissions, whose responses are stored', async () => {
  const { gateway, submission, id, env } = await startWithSubmission();
  await holdRequest(gateway);
  const ended = gateway.kill('SIGTERM');
  await expect.poll(() => isUp(gateway.url)).toBe(false);
  gateway.child.kill('SIGTERM');
  await expect.poll(() => gateway.output()).toContain('second signal');
  expect(gateway.child.exitCode).toBe(null);
  submission.answer(200, answers.processing(8, 600));
  expect(await ended).toBe(0);
  expect(await readSwap(await startGatewayProcess(env), id)).toMatchObject({ modelsLabId: '8' });
});

test('a second signal exits immediately if no submission is in flight', async () => {
  const { gateway, submission } = await startWithSubmission();
  submission.answer(200, answers.processing(1, 600));
  await holdRequest(gateway);
  await expect.poll(() => gateway.output()).toContain('"msg":"ready');
  const ended = gateway.kill('SIGTERM');
  await expect.poll(() => isUp(gateway.url)).toBe(false);
  const since = performance.now();
  gateway.child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(performance.now() - since).toBeLessThan(atMost(2000));
});

test('a submission without a response delays shutdown by SUBMIT_TIMEOUT_MS and at most 5 seconds', async () => {
  const { gateway } = await startWithSubmission({ SUBMIT_TIMEOUT_MS: '1000' });
  const since = performance.now();
  expect(await gateway.kill('SIGTERM')).toBe(0);
  expect(performance.now() - since).toBeLessThan(atMost(6000));
});

describe('an uncaught error', () => {
  test.each([
    ['uncaughtException', 'setImmediate(() => { throw new Error("boom") })'],
    ['unhandledRejection', 'void Promise.reject(new Error("boom"))'],
  ])(
    '%s: not ready immediately, and exits within two seconds, whatever is connected',
    async (event, script) => {
      const { gateway } = await startWithSubmission(measurable);
      await holdRequest(gateway);
      const paused = await openSocket(gateway.url);
      await paused.init();
      paused.socket.pause();
      const since = performance.now();
      await throwInProcess(gateway, script);
      await expect.poll(() => isUp(gateway.url)).toBe(false);
      expect(await gateway.ended).toBe(1);
      expect(performance.now() - since).toBeLessThan(atMost(4000));
      expect(gateway.output()).toContain(`"msg":"${event}"`);
    },
  );
});

describe('a signal during startup', () => {
  test.each(['refuses connections', 'accepts connections and sends nothing'])(
    'exits with 0 within two seconds, while Redis %s',
    async (what) => {
      const silent = createServer();
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      onTestFinished(() => void silent.close());
      const { port } = silent.address() as AddressInfo;
      if (what === 'refuses connections') silent.close();
      const child = killWithParent(
        spawn(process.execPath, [join(root, 'dist/src/main.js')], {
          env: {
            PATH: process.env['PATH'],
            PORT: '0',
            DATA_DIR: temporaryFolder(),
            REDIS_URL: `redis://127.0.0.1:${port}`,
            MODELSLAB_API_KEY: 'key',
            MODELSLAB_BASE_URL: 'http://127.0.0.1:1',
            WEBHOOK_SECRET: 'a secret of sixteen',
            WEBHOOK_SIGNING_SECRET: `whsec_${'a'.repeat(40)}`,
          },
          stdio: ['ignore', 'pipe', 'inherit'],
          detached: true,
        }),
      );
      // It retries until it succeeds.
      await once(createInterface(child.stdout), 'line');
      const since = performance.now();
      child.kill('SIGTERM');
      expect((await once(child, 'exit'))[0]).toBe(0);
      expect(performance.now() - since).toBeLessThan(atMost(4000));
    },
  );
});

test('an unread standard output delays neither responses nor shutdown', async () => {
  const gateway = await startGatewayProcess({
    DATA_DIR: temporaryFolder(),
    MAX_SOCKETS_PER_ADDRESS: '10000',
  });
  gateway.child.stdout?.pause();
  // Each writes a log line, together several times the size of a pipe buffer.
  for (let n = 0; n < 1500; n += 1) {
    const { socket, closed } = await openSocket(gateway.url);
    const { _socket: connection } = socket as unknown as { _socket: NodeJS.WritableStream };
    connection.write(Buffer.from([0xff, 0xff, 0xff]));
    await closed;
  }
  expect(await isUp(gateway.url)).toBe(true);
  const since = performance.now();
  gateway.child.kill('SIGTERM');
  await once(gateway.child, 'exit');
  expect(gateway.child.exitCode).toBe(0);
  expect(performance.now() - since).toBeLessThan(atMost(5000));
});

test('a signal to `npm start` stops the gateway too', async () => {
  const npm = killWithParent(
    spawn('npm', ['start'], {
      cwd: root,
      env: { ...process.env, HOST: '127.0.0.1', PORT: '0', DATA_DIR: temporaryFolder() },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    }),
  );
  const url = await new Promise<string>((resolve) => {
    createInterface(npm.stdout).on('line', (line) => {
      const [, ready] = /"url":"([^"]+)"/.exec(line) ?? [];
      if (ready !== undefined) resolve(ready);
    });
  });
  npm.kill('SIGTERM');
  await expect.poll(() => isUp(url)).toBe(false);
});
