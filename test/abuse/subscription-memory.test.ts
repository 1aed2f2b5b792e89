import { expect, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { measurable, measureMemory } from '../../testing/process-memory.js';
import { openSocket } from '../../testing/raw-socket.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const subscriptions = 500;
const perSocket = 100;
const boundMiB = 20;
const fill = 'x'.repeat(60_000);
const query = 'subscription ($id: ID!) { swapUpdated(id: $id) { status } }';

const kinds: { name: string; payload(id: string, n: number): object }[] = [
  { name: 'one variable of 60 KB', payload: (id, n) => ({ query, variables: { id, fill: `${n}${fill}` } }) },
  {
    name: 'thousands of small variables',
    payload: (id, n) => ({
      query,
      variables: { id, ...Object.fromEntries(Array.from({ length: 1000 }, (_, k) => [`v${n}_${k}`, k])) },
    }),
  },
  {
    name: 'lists in a variable',
    payload: (id, n) => ({ query, variables: { id, fill: Array.from({ length: 9000 }, () => [n]) } }),
  },
  {
    name: 'extensions of 60 KB',
    payload: (id, n) => ({ query, variables: { id }, extensions: { n, fill } }),
  },
  {
    name: 'unknown fields of 60 KB',
    payload: (id, n) => ({ query, variables: { id }, other: `${n}${fill}` }),
  },
  {
    name: 'a comment of 60 KB',
    payload: (id, n) => ({ query: `# ${n}${fill}\n${query}`, variables: { id } }),
  },
  {
    name: 'a comment of 50 KB and long names',
    payload: (id, n) => ({
      query: `# ${n}${fill.slice(0, 50_000)}\n${query.replace(/id\b(?=:? ?ID)|(?<=\$)id/g, 'aLongNameOfAVariable')}`,
      variables: { aLongNameOfAVariable: id },
    }),
  },
  {
    name: 'an alias of 15 KB',
    payload: (id, n) => ({
      query: query.replace('status', `a${n}${fill.slice(0, 15_000)}: status`),
      variables: { id },
    }),
  },
  {
    name: 'the same field 700 times',
    payload: (id, n) => ({
      query: query.replace('status', `${'status '.repeat(700)} # ${n}\n`),
      variables: { id },
    }),
  },
];

// Heap and external memory after garbage collection, in a separate process.
test.each(kinds)('500 subscriptions with $name cost less than 20 MiB', async ({ payload }) => {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(1, 600)));
  const gateway = await startGatewayProcess({
    ...stub.env,
    ...measurable,
    DATA_DIR: temporaryFolder(),
    RATE_LIMIT: 'off',
  });
  const { id } = await requestSwap(gateway);
  await stub.submission(0);
  const sockets = await Promise.all(
    Array.from({ length: subscriptions / perSocket }, async () => {
      const socket = await openSocket(gateway.url);
      await socket.init();
      return socket;
    }),
  );
  const measure = await measureMemory(gateway);
  const before = await measure();
  let answered = 0;
  for (const [index, socket] of sockets.entries()) {
    for (let n = 0; n < perSocket; n += 1) {
      socket.send({ type: 'subscribe', id: String(n), payload: payload(id, index * perSocket + n) });
      if ((await socket.next()).type === 'next') answered += 1;
    }
  }
  const cost = ((await measure()) - before) / 1024 / 1024;
  expect(answered).toBe(subscriptions);
  expect(cost).toBeLessThan(boundMiB);
});
