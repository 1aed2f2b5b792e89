import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { canTrace, type DiskEvent, readTrace, traceCommand } from '../../testing/system-calls.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const swaps = 12;

/** System calls while swaps are requested one after the other. */
async function traceSwaps(syncDelayMs: number): Promise<DiskEvent[]> {
  const trace = join(temporaryFolder(), 'trace');
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  const gateway = await startGatewayProcess(
    { ...upstream.env, DATA_DIR: temporaryFolder(), MODELSLAB_QUEUE_LIMIT: '1' },
    undefined,
    traceCommand(trace, syncDelayMs),
  );
  for (let trackId = 1; trackId <= swaps; trackId += 1) {
    const { id } = await requestSwap(gateway, { trackId });
    await expect.poll(() => readSwap(gateway, id)).toMatchObject({ status: 'SUCCEEDED' });
  }
  await gateway.kill('SIGTERM');
  return readTrace(trace);
}

/** The same as reported by the gateway, where tracing is not permitted. */
async function hookSwaps(syncDelayMs: number): Promise<DiskEvent[]> {
  const events: DiskEvent[] = [];
  let isSubmitting = false;
  const upstream = await startStubModelsLab();
  upstream.handle((call) => {
    events.push('POST');
    isSubmitting = false;
    call.answer(200, answers.success(upstream.submissions().length));
  });
  const gateway = await startGateway(
    { ...upstream.env, MODELSLAB_QUEUE_LIMIT: '1' },
    {
      failpoint(name) {
        if (name === 'after-claim') isSubmitting = true;
        if (name === 'after-commit-before-sync')
          events.push(isSubmitting ? 'mark written' : 'acceptance written');
      },
      async wrapSync(sync) {
        await new Promise((resolve) => setTimeout(resolve, syncDelayMs));
        await sync();
        events.push('synced');
      },
    },
  );
  for (let trackId = 1; trackId <= swaps; trackId += 1) {
    const { id } = await requestSwap(gateway, { trackId });
    events.push('answer');
    await expect.poll(() => readSwap(gateway, id)).toMatchObject({ status: 'SUCCEEDED' });
  }
  return events;
}

/** For each event of a kind, whether the log was synced between the last write of another kind and the event. */
function isSyncedBefore(
  events: readonly DiskEvent[],
  written: DiskEvent,
  acknowledgment: DiskEvent,
): boolean[] {
  return events.flatMap((event, index) => {
    if (event !== acknowledgment) return [];
    const before = events.slice(0, index);
    return [before.lastIndexOf('synced') > before.lastIndexOf(written)];
  });
}

test.each([
  ['a fast disk', 0],
  ['a disk that takes 20 ms per sync', 20],
])(
  'on %s every mark is synced before the POST, and every acceptance before the response',
  async (_, delayMs) => {
    const events = await (canTrace() ? traceSwaps(delayMs) : hookSwaps(delayMs));
    expect(events.filter((event) => event === 'mark written').length).toBeGreaterThanOrEqual(swaps);
    const posts = isSyncedBefore(events, 'mark written', 'POST');
    expect(posts).toEqual(Array.from({ length: swaps }, () => true));
    const isAcknowledgedAfterSync = isSyncedBefore(events, 'acceptance written', 'answer');
    expect(isAcknowledgedAfterSync).toEqual(Array.from({ length: swaps }, () => true));
  },
);

test('the connection of a submission is opened while its mark is being synced, and carries nothing before that', async () => {
  const events: string[] = [];
  const server = createServer((socket) => {
    events.push('connected');
    socket.once('data', (bytes) => {
      events.push(bytes.toString('latin1', 0, 5));
      socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const disk = Promise.withResolvers<void>();
  let isSubmitting = false;
  const gateway = await startGateway(
    {
      MODELSLAB_API_KEY: 'test-key-of-modelslab',
      MODELSLAB_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v6/deepfake`,
    },
    {
      failpoint(name) {
        if (name === 'after-claim') isSubmitting = true;
      },
      async wrapSync(sync) {
        if (!isSubmitting) return sync();
        await disk.promise;
        await sync();
        if (!events.includes('synced')) events.push('synced');
      },
    },
  );
  await requestSwap(gateway);
  await expect.poll(() => events).toEqual(['connected']);
  for (let round = 0; round < 20; round += 1) await fetch(`${gateway.url}/livez`);
  expect(events).toEqual(['connected']);
  disk.resolve();
  // A connection that has waited too long is replaced.
  await expect.poll(() => events.filter((event) => event !== 'connected')).toEqual(['synced', 'POST ']);
});
