import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { captureLog } from '../../../testing/capture-log.js';
import { freePort } from '../../../testing/free-port.js';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { startRedis } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { requestSwap } from '../../../testing/swap-client.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';

const fenceWarning = /^Redis does not permit CLIENT KILL or CLIENT INFO/;

async function startAs(rules: string) {
  const redis = await startRedis({ settings: { user: `app on nopass ${rules}` } });
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(1)));
  const env: Record<string, string> = sharedEnv(redis);
  const url = redis.url.replace('//', '//app:any@');
  const gateway = await startGateway({ ...upstream.env, ...env, REDIS_URL: url });
  expect(await requestSwap(gateway, {}, { wait: 10 })).toMatchObject({ status: 'SUCCEEDED' });
  return gateway.logs.lines().filter(({ msg }) => fenceWarning.test(String(msg)));
}

test('an ACL without dangerous commands is reported once, at the start, as leaving late writes unfenced', async () => {
  expect(await startAs('~* &* +@all -@dangerous')).toEqual([
    expect.objectContaining({ level: 'warn', reason: expect.stringMatching(/^NOPERM .*client\|kill/) }),
  ]);
});

test('the documented ACL causes no warnings', async () => {
  expect(await startAs('~test:* &test:* +@all -@dangerous +client|kill +config|get +info')).toEqual([]);
});

test('a Redis with a certificate of a private CA is reached with REDIS_CA_FILE, and not without', async () => {
  const folder = temporaryFolder();
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const subject = (name: string) => ['-subj', `/CN=${name}`, '-nodes', '-newkey', 'rsa:2048', '-days', '2'];
  openssl('req', '-x509', ...subject('ca'), '-keyout', 'ca.key', '-out', 'ca.pem');
  openssl('req', ...subject('localhost').slice(0, -2), '-keyout', 'server.key', '-out', 'server.csr');
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', 'server.csr', ...signing, '-extfile', 'names', '-out', 'server.pem');
  const port = await freePort();
  const settings = {
    'tls-port': String(port),
    'tls-cert-file': join(folder, 'server.pem'),
    'tls-key-file': join(folder, 'server.key'),
    'tls-ca-cert-file': join(folder, 'ca.pem'),
    'tls-auth-clients': 'no',
  };
  await startRedis({ settings });
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(1)));
  const env = { ...upstream.env, ...sharedEnv({ url: `rediss://127.0.0.1:${port}` }) };
  const withCa = await startGateway({ ...env, REDIS_CA_FILE: join(folder, 'ca.pem') });
  expect(await requestSwap(withCa, {}, { wait: 10 })).toMatchObject({ status: 'SUCCEEDED' });

  const { log, text } = captureLog();
  const doubting = connectRedis({ url: `rediss://127.0.0.1:${port}`, prefix: 'test:', log });
  onTestFinished(doubting.close);
  await expect.poll(text).toContain('certificate');

  await expect(startGateway({ ...env, REDIS_CA_FILE: join(folder, 'none.pem') })).rejects.toThrow(
    /^REDIS_CA_FILE: cannot be read/,
  );
});
