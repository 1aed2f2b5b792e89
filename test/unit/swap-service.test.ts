import { expect, onTestFinished, test } from 'vitest';
import { createEmbeddedEngine } from '../../src/embedded-engine.js';
import { createSwapJournal } from '../../src/swap/swap-journal.js';
import { createSwapService } from '../../src/swap/swap-service.js';
import { systemClock } from '../../src/system-clock.js';
import { captureLog } from '../support/capture-log.js';
import { images } from '../support/swap-client.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('a request that would wait while the gateway is already draining gets its swap at once', async () => {
  const { log } = captureLog();
  const clock = systemClock;
  const checkpoint = () => undefined;
  const policy = {
    queueDeadlineMs: 60_000,
    processingDeadlineMs: 60_000,
    pollIntervalMs: 1000,
    maxPollIntervalMs: 1000,
    resultTtlMs: 60_000,
  };
  const limits = { slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 };
  const engine = createEmbeddedEngine({ dataDir: temporaryFolder(), policy, clock, log, ...limits });
  onTestFinished(() => engine.close());
  const shared = { ...engine, clock, policy, log, checkpoint };
  const journal = createSwapJournal(shared);
  const service = createSwapService({
    ...shared,
    journal,
    draining: AbortSignal.abort(),
    endedAtHand: () => undefined,
  });
  const order = { request: { ...images, watermark: true }, reuse: 'NEVER', waitMs: 60_000 } as const;

  expect(await service.request('ann', order)).toMatchObject({ swap: { status: 'QUEUED' }, queuePosition: 1 });
});
