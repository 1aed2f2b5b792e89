import { expect, test } from 'vitest';
import { restartInTurn } from '../../../scripts/topology/rolling-restart.js';
import { longTestTimeoutMs } from '../../../testing/timeouts.js';
import { topologyForTest } from '../../../testing/topology.js';

test(
  'three instances are restarted in turn under load: nothing is lost or paid twice, everyone is told',
  async () => {
    const topology = await topologyForTest({ gateways: 3, faults: { generationMs: [50, 150] } });
    const result = await restartInTurn(topology, () => undefined, { swapsBetween: 20 });
    expect(result.breaches).toEqual([]);
    expect(result.restarts).toHaveLength(3);
    expect(result.swaps).toBeGreaterThanOrEqual(80);
    expect(result).toMatchObject({ submissions: result.swaps, subscriptions: 2 * result.swaps });
    // What a client is answered is a result, a WebSocket, or something that says "again".
    const answers = Object.keys(result.answers).map((answer) => answer.split(' ').at(-1));
    for (const status of answers) expect(['101', '200', '429', '502', '503']).toContain(status);
  },
  longTestTimeoutMs,
);
