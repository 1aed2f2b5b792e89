import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { openTtlMs } from '../../../src/backends/backend.js';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { createRedisOutbox } from '../../../src/backends/redis/outbox.js';
import { createRedisPauses } from '../../../src/backends/redis/pauses.js';
import { createRedisTurns } from '../../../src/backends/redis/turns.js';
import { systemClock } from '../../../src/lib/clock.js';
import { readArchive } from '../../../testing/archived-swap.js';
import { createToken, withToken } from '../../../testing/client-tokens.js';
import { eraseSwap } from '../../../testing/erasure.js';
import { keysFor } from '../../../testing/gateway-keys.js';
import { sharedEnv, startGateways } from '../../../testing/redis-gateways.js';
import { startRedis } from '../../../testing/redis-server.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { readSwap, requestSwap, watchToEnd } from '../../../testing/swap-client.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';

const dayMs = 24 * 3_600_000;
const openMs = openTtlMs({
  queueDeadlineMs: 900_000,
  processingDeadlineMs: 600_000,
  resultTtlMs: 7 * dayMs,
} as never);
/** Maximum TTL of a key, by the start of its row. */
const longestMs: Record<string, number> = {
  open: openMs,
  result: 7 * dayMs,
  '15': 15_000,
  '60': 60_000,
  '7': 7 * dayMs,
  '2': 2 * dayMs,
  '12': dayMs / 2,
  '13': 14 * 31 * dayMs,
  '30': 30 * dayMs,
  '400': 400 * dayMs,
  as: 60_000,
  evidence: 365 * dayMs,
};

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const [, section = ''] = /\n## What is in Redis\n([\s\S]*?)\n## /.exec(page) ?? [];
/** Rows of the two tables in that section: of keys, with four cells, and of channels, with two. */
const rows = section
  .split('\n')
  .filter((line) => /^\| `[a-z][\w:-]*` \| /.test(line))
  .map((line) => line.slice(2, -2).split(' | '))
  .map(([quoted = '', ...cells]) => ({ name: quoted.slice(1, -1), cells }))
  .map(({ name, cells }) => ({
    name,
    form: formOf(name),
    type: cells.length === 3 ? cells[0] : undefined,
    kept: cells[2]?.includes('30 days') ? '30' : cells[2]?.split(/\W/)[0],
  }));
const keys = rows.filter(({ type }) => type !== undefined);
const channels = rows.filter(({ type }) => type === undefined);

/** Capitals are placeholders: an id, a client, the value of a claim. The queue does not encode clients. */
function formOf(name: string): RegExp {
  const form = name.replaceAll(/KIND/g, '(key|input|late)').replace(/^(queue:.*)CLIENT$/, '$1.+');
  return new RegExp(`^${form.replaceAll(/[A-Z]+/g, '[^:]+')}$`);
}

function compare(documented: typeof rows, seen: string[]): { unknown: string[]; unseen: string[] } {
  return {
    unknown: seen.filter((name) => !documented.some(({ form }) => form.test(name))),
    unseen: documented.filter(({ form }) => !seen.some((name) => form.test(name))).map(({ name }) => name),
  };
}

test('docs/operations.md lists exactly the keys and channels that swaps use, and how long each is kept', async () => {
  const server = await startRedis();
  const env: Record<string, string> = { ...sharedEnv(server), RESTORED: 'on' };
  const prefix = env['REDIS_PREFIX'] ?? '';
  const client = createClient({ url: server.url });
  await client.connect();
  onTestFinished(() => client.destroy());
  const seenKeys = new Set<string>();
  const seenChannels = new Set<string>();
  const listener = client.duplicate();
  await listener.connect();
  onTestFinished(() => listener.destroy());
  await client.configSet('notify-keyspace-events', 'EA');
  await listener.pSubscribe('__keyevent@0__:*', (key) => void seenKeys.add(key.slice(prefix.length)));
  await listener.pSubscribe(
    `${prefix}*`,
    (_message, channel) => void seenChannels.add(channel.slice(prefix.length)),
  );

  const receiver = createServer((_request, response) => void response.writeHead(500).end());
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void receiver.close());
  const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;

  // Copies of results that nobody can deliver are given up at once, or retried.
  const archive = { ARCHIVE: 'disk', DATA_DIR: temporaryFolder() };
  await failThenGetLateResult(env, archive);
  const upstream = await startStubModelsLab();
  upstream.handle((call) => {
    // Polls do not count.
    const turn = upstream.submissions().indexOf(call);
    if (turn === 0) call.answer(429, { ...answers.error('slow down'), retry_after: 1 });
    else if (turn === 2) call.answer(402, answers.error('Insufficient credits.'));
    else call.answer(200, answers.processing(turn === -1 ? 2 : turn + 1, 600));
  });
  const [a, b] = await startGateways(2, {
    ...upstream.env,
    ...env,
    ...archive,
    MODELSLAB_QUEUE_LIMIT: '2',
    CREDITS_RETRY_MS: '500',
    ALLOW_PRIVATE_WEBHOOKS: 'on',
    GATEWAY_API_KEYS: keysFor('web'),
    CLIENT_TOKEN_SECRET: 'a secret that all instances share',
  });
  if (!a || !b) throw new Error('no gateways');
  const headers = withToken(await createToken(a, 'web', 'ada'));
  // One gets a 429, one a 402, one has a failing client webhook, two are left waiting.
  const ids: string[] = [];
  for (const trackId of [1, 2, 3, 4])
    ids.push(
      (
        await requestSwap(
          a,
          { trackId, webhook, idempotencyKey: `key-${trackId}`, consent: true },
          { headers },
        )
      ).id,
    );
  await upstream.submission(2);
  await expect.poll(() => upstream.sendWebhook(answers.success(2), 1)).toBe(200);
  // Either of the first two: the other one waits after its 429.
  const endedId = await Promise.race(
    ids.map(async (id) => {
      await watchToEnd(b, id, headers);
      return id;
    }),
  );
  await expect.poll(() => [...seenKeys]).toContain('callback-attempts');
  await expect.poll(() => [...seenKeys], { timeout: 10_000 }).toContain('archive-job-attempts');
  // An event in addition to that of the finished swap.
  const redis = connectRedis({ url: server.url, prefix });
  onTestFinished(() => redis.close());
  await redis.ready();
  await expect.poll(() => [...seenKeys]).toContain('queue:credits');
  const pauses = createRedisPauses(redis, systemClock, openMs);
  await pauses.pause({ since: Date.now(), note: 'as an operator' });
  await pauses.occupy(1, 1000);
  expect(await createRedisTurns(redis)('example', 1000)).toBe(true);
  expect(await createRedisTurns(redis)('example', 1000)).toBe(false);
  expect(await pauses.resume()).toContain('OPERATOR');
  const outbox = createRedisOutbox(redis);
  await outbox.add(endedId, Date.now(), { type: 'swap.example' });
  await outbox.giveUp({ swapId: ids[2] ?? '', attempts: 6, client: 'web', host: 'example.com' }, Date.now());
  // The stub does not delete results, so that it is retried.
  await eraseSwap(b, endedId, headers);
  await expect.poll(() => [...seenKeys]).toContain('erasure-job-attempts');
  await expect.poll(() => [...seenKeys]).toContain('purged:erased');
  // Leaves its runs to other instances.
  await a.gateway.close();
  await b.gateway.close();
  await expect.poll(() => [...seenKeys]).toContain('queue:orphans');

  expect(keys.length).toBeGreaterThan(20);
  expect(channels).toHaveLength(3);
  expect(compare(keys, [...seenKeys])).toEqual({ unknown: [], unseen: [] });
  expect(compare(channels, [...seenChannels])).toEqual({ unknown: [], unseen: [] });

  const names = {
    string: 'string',
    number: 'string',
    hash: 'hash',
    set: 'set',
    'sorted set': 'zset',
  } as Record<string, string>;
  for await (const found of client.scanIterator({ MATCH: `${prefix}*` })) {
    for (const key of found) {
      const [type, ttlMs] = [await client.type(key), await client.pTTL(key)];
      const row = keys.find(({ form }) => form.test(key.slice(prefix.length)));
      if (ttlMs === -2) continue;
      expect(`${key} ${type}`).toBe(`${key} ${names[row?.type ?? '']}`);
      expect(ttlMs, key).toBeGreaterThan(0);
      expect(ttlMs, key).toBeLessThanOrEqual(longestMs[row?.kept ?? ''] ?? 0);
    }
  }
});

/** A submission without a response, whose slot is released; its swap then fails, is polled in vain, and gets a late result. */
async function failThenGetLateResult(
  env: Record<string, string>,
  archive: Record<string, string>,
): Promise<void> {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.reset());
  const times = { UNKNOWN_SLOT_MS: '100', PROCESSING_DEADLINE_MS: '500' };
  const [gateway] = await startGateways(1, { ...upstream.env, ...env, ...archive, ...times });
  if (!gateway) throw new Error('no gateway');
  const { id } = await requestSwap(gateway, { trackId: 9 }, { wait: 20 });
  expect(await upstream.sendWebhook(answers.processing(9))).toBe(200);
  await upstream.fetchCall();
  const late = { ...answers.success(9), output: ['https://10.0.0.7/9.jpg'] };
  expect(await upstream.sendWebhook(late)).toBe(200);
  await expect.poll(() => readSwap(gateway, id)).toMatchObject({ lateResult: { output: expect.any(Array) } });
  await expect.poll(async () => (await readArchive(gateway, id)).archiveState).toBe('FAILED');
  await gateway.gateway.close();
}
