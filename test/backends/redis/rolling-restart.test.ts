import { expect, test } from 'vitest';
import { restartInTurn } from '../../../scripts/topology/rolling-restart.js';
import { longTestTimeoutMs } from '../../../testing/timeouts.js';
import { topologyForTest } from '../../../testing/topology.js';

test(
  'in a rolling restart of three instances under load, nothing is lost or paid twice, and every client gets its result',
  async () => {
    const topology = await topologyForTest({ gateways: 3, faults: { generationMs: [50, 150] } });
    const result = await restartInTurn(topology, () => undefined, { swapsBetween: 20 });
    expect(result.breaches.join('\n')).toBe('');
    expect(result.restarts).toHaveLength(3);
    expect(result.swaps).toBeGreaterThanOrEqual(80);
    expect(result).toMatchObject({ submissions: result.swaps, subscriptions: 2 * result.swaps });
    // A client gets a result, a WebSocket, or a retryable error.
    const answers = Object.keys(result.answers).map((answer) => answer.split(' ').at(-1));
    for (const status of answers) expect(['101', '200', '429', '502', '503']).toContain(status);
  },
  longTestTimeoutMs,
);
