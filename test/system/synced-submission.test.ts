import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { canTrace, type DiskEvent, readTrace, traceCommand } from '../../testing/system-calls.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const swaps = 12;

/** What happens while swaps are requested, one after the other, as the kernel sees it. */
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

/** The same by the gateway's own word, where no process may be traced. */
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

/** For each event of a kind, whether the log was synced between the last write of another kind and it. */
function isSyncedBefore(events: readonly DiskEvent[], written: DiskEvent, told: DiskEvent): boolean[] {
  return events.flatMap((event, index) => {
    if (event !== told) return [];
    const before = events.slice(0, index);
    return [before.lastIndexOf('synced') > before.lastIndexOf(written)];
  });
}

test.each([
  ['a quick disk', 0],
  ['a disk that takes 20 ms for a sync', 20],
])(
  'on %s every mark is synced before the POST, and every acceptance before the answer',
  async (_, delayMs) => {
    const events = await (canTrace() ? traceSwaps(delayMs) : hookSwaps(delayMs));
    expect(events.filter((event) => event === 'mark written').length).toBeGreaterThanOrEqual(swaps);
    const posts = isSyncedBefore(events, 'mark written', 'POST');
    expect(posts).toEqual(Array.from({ length: swaps }, () => true));
    const answered = isSyncedBefore(events, 'acceptance written', 'answer');
    expect(answered).toEqual(Array.from({ length: swaps }, () => true));
  },
);
