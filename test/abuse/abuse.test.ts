import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { longTestTimeoutMs } from '../../testing/timeouts.js';
import { runAbuse } from './abuse-run.js';
import { startAbusedGateway } from './abused-gateway.js';
import { shortScale } from './attacks.js';

test(
  'under every attack the gateway stays up, its memory stays bounded, and a well-behaved client gets its swap',
  async () => {
    const { gateway, target } = await startAbusedGateway(temporaryFolder());
    onTestFinished(async () => void (await gateway.kill('SIGKILL')));
    const results = await runAbuse(target, shortScale, () => undefined);
    expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(await gateway.kill('SIGTERM')).toBe(0);
  },
  longTestTimeoutMs,
);
