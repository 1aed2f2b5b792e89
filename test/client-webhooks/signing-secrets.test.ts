import { execFileSync } from 'node:child_process';
import { hkdfSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient } from '@redis/client';
import { Webhook } from 'standardwebhooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSigningSecrets, deriveSigningSecret } from '../../src/client-webhooks/signing-secrets.js';
import { createToken, withToken } from '../../testing/client-tokens.js';
import { createClientsFile } from '../../testing/clients-file.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';

const shared = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const redis = redisForTests();

interface Received {
  body: string;
  headers: Record<string, string>;
}

/** A gateway whose swaps succeed at once, and a receiver of its webhooks. */
async function setUp(env: Record<string, string> = {}) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  const gateway = await startGateway({
    ...upstream.env,
    ALLOW_PRIVATE_WEBHOOKS: 'on',
    WEBHOOK_SIGNING_SECRET: shared,
    GATEWAY_API_KEYS: keysFor('web', 'app'),
    ...env,
  });
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  /** The webhook of a swap of the client. */
  const deliver = async (headers: Record<string, string>): Promise<Received> => {
    const { id } = await requestSwap(gateway, { webhook, reuse: 'NEVER' }, { headers, wait: 20 });
    const arrived = () => received.find((delivery) => delivery.headers['webhook-id'] === id);
    await expect.poll(arrived).toBeDefined();
    return arrived() as Received;
  };
  return { gateway, deliver };
}

/** Which of the secrets verify a webhook. */
const verifying = ({ body, headers }: Received, secrets: Record<string, string>): string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => {
      try {
        new Webhook(secret).verify(body, headers);
        return true;
      } catch {
        return false;
      }
    })
    .map(([name]) => name);

const shownTo = async (gateway: TestGateway, headers: Record<string, string>): Promise<unknown> => {
  const { data } = await gateway.graphql('{ me { webhookSigningSecret } }', {}, headers);
  const shown = data?.['me'] as { webhookSigningSecret: string | null } | undefined;
  return shown?.webhookSigningSecret;
};

const show = (args: string[], env: Record<string, string> = {}): string => {
  const script = join(import.meta.dirname, '../../dist/src/keys/main.js');
  const options = { encoding: 'utf8', cwd: temporaryFolder(), stdio: 'pipe' } as const;
  return execFileSync(process.execPath, [script, 'webhook-secret', ...args], {
    ...options,
    env: { PATH: process.env['PATH'], WEBHOOK_SIGNING_SECRET: shared, ...env },
  }).trim();
};

test('each client verifies its webhooks with a secret of its own, shown to its key and by `npm run keys`', async () => {
  const { gateway, deliver } = await setUp();
  const secrets = {
    web: String(await shownTo(gateway, bearer('web'))),
    app: String(await shownTo(gateway, bearer('app'))),
    shared,
  };
  expect(secrets.web).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(secrets.web).toBe(show(['web']));
  expect(verifying(await deliver(bearer('web')), secrets)).toEqual(['web']);
  expect(verifying(await deliver(bearer('app')), secrets)).toEqual(['app']);
});

test('client tokens use the secret of their parent, JWTs that of their issuer, and neither is shown one', async () => {
  const issuer = await startTokenIssuer();
  const { gateway, deliver } = await setUp(issuer.env);
  const iss = String(issuer.env['AUTH_JWT_ISSUER']);
  const secrets = {
    web: String(await shownTo(gateway, bearer('web'))),
    issuer: show(['--jwt'], issuer.env),
    subject: deriveSigningSecret(shared, 'jwt:ada', 1),
  };
  expect(secrets.issuer).toBe(deriveSigningSecret(shared, `jwt:${iss}`, 1));
  const token = withToken(await createToken(gateway, 'web', 'ada'));
  const [ada, bob] = [withToken(await issuer.token()), withToken(await issuer.token({ sub: 'bob' }))];
  expect(verifying(await deliver(token), secrets)).toEqual(['web']);
  for (const jwt of [ada, bob]) expect(verifying(await deliver(jwt), secrets)).toEqual(['issuer']);
  for (const headers of [token, ada]) expect(await shownTo(gateway, headers)).toBeNull();
});

test('the local client of a gateway without keys has a secret, which only `npm run keys` shows', async () => {
  const { gateway, deliver } = await setUp({ GATEWAY_API_KEYS: '' });
  expect(await shownTo(gateway, {})).toBeNull();
  expect(verifying(await deliver({}), { local: show(['local']) })).toEqual(['local']);
});

test('while a secret is rotated, webhooks carry the signatures of both generations', async () => {
  const file = createClientsFile({ name: 'web' });
  const { gateway, deliver } = await setUp({ GATEWAY_API_KEYS: '', CLIENTS_FILE: file.path });
  const secrets = Object.fromEntries(
    ['1', '2', '3'].map((generation) => [generation, show(['web', '--generation', generation])]),
  );
  const seen: string[][] = [];
  for (const generation of [1, 2, 3]) {
    file.write({ name: 'web', webhookSecretGeneration: generation });
    await gateway.gateway.reload();
    expect(await shownTo(gateway, bearer('web'))).toBe(secrets[generation]);
    expect(show(['web'], { CLIENTS_FILE: file.path })).toBe(secrets[generation]);
    seen.push(verifying(await deliver(bearer('web')), secrets));
  }
  expect(seen).toEqual([['1'], ['1', '2'], ['2', '3']]);
});

test('the derivation stays as it is, since receivers keep their secrets', () => {
  const info = 'face-swap-gateway webhook 1 web';
  const expected = Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 7), '', info, 32)).toString('base64');
  expect(deriveSigningSecret(shared, 'web', 1)).toBe(`whsec_${expected}`);
  expect(deriveSigningSecret(shared, 'web', 1)).toBe('whsec_TogpB7JPHmEwmA60L2AzLYsWxTtz82J470pitGUH/4g=');
});

test('no two owners and generations have the same secret', () => {
  const owners = ['web', 'web 1', '1 web', 'local', 'jwt:', 'jwt:web', 'jwt:https://issuer.example.com'];
  const secrets = owners.flatMap((owner) =>
    [1, 2, 11].map((generation) => deriveSigningSecret(shared, owner, generation)),
  );
  expect(new Set(secrets).size).toBe(secrets.length);
});

test('a generation below 1 is an error, not another secret', () => {
  const { secretOf } = createSigningSecrets({
    shared,
    jwtIssuer: undefined,
    generationOf: () => 0,
    isSharedUsed: () => false,
  });
  expect(() => secretOf('web')).toThrow('generation');
});

test.each([[], ['web', 'app'], ['we b'], ['web', '--generation', '0'], ['web', '--jwt'], ['--jwt']])(
  '`npm run keys -- webhook-secret` fails for %j %j',
  (...args) => {
    expect(() => show(args)).toThrow();
  },
);

describe('the shared signature', () => {
  const secrets = { own: deriveSigningSecret(shared, 'web', 1), shared };
  const signatures = async (env: Record<string, string>): Promise<string[]> => {
    const { gateway, deliver } = await setUp(env);
    const delivery = await deliver(bearer('web'));
    await gateway.gateway.close();
    return verifying(delivery, secrets);
  };
  /** What an earlier version leaves. */
  const olderFolder = (): string => {
    const folder = temporaryFolder();
    const db = new DatabaseSync(join(folder, 'gateway.sqlite'));
    db.exec('CREATE TABLE ended (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER)');
    db.close();
    return folder;
  };

  test('is off on a fresh data directory, and stays off', async () => {
    const env = { DATA_DIR: temporaryFolder() };
    expect([await signatures(env), await signatures(env)]).toEqual([['own'], ['own']]);
  });

  test('is on where an earlier version has used the data directory, and stays on', async () => {
    const env = { DATA_DIR: olderFolder() };
    expect([await signatures(env), await signatures(env)]).toEqual([
      ['own', 'shared'],
      ['own', 'shared'],
    ]);
  });

  test('is what WEBHOOK_SHARED_SIGNATURE says, if set', async () => {
    expect(await signatures({ DATA_DIR: olderFolder(), WEBHOOK_SHARED_SIGNATURE: 'off' })).toEqual(['own']);
    expect(await signatures({ WEBHOOK_SHARED_SIGNATURE: 'on' })).toEqual(['own', 'shared']);
  });

  test.each([
    ['sequence', ['own', 'shared']],
    ['queue:sequence', ['own', 'shared']],
    ['of another deployment', ['own']],
  ])('on a Redis with the key %s it is %j, at all times', async (key, expected) => {
    const env: Record<string, string> = { ...sharedEnv(redis), WEBHOOK_SIGNING_SECRET: shared };
    const client = createClient({ url: redis.url });
    await client.connect();
    onTestFinished(() => client.destroy());
    await client.set(`${env['REDIS_PREFIX']}${key}`, '1', { expiration: { type: 'EX', value: 60 } });
    expect([await signatures(env), await signatures(env)]).toEqual([expected, expected]);
  });
});
