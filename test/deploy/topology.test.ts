import { expect, test } from 'vitest';
import { swapAcrossInstances } from '../../scripts/topology/across-instances.js';
import { topologyForTest } from '../../testing/topology.js';

test('a swap through the balancer completes for a subscriber at another instance than the webhook’s', async () => {
  const topology = await topologyForTest({ faults: { generationMs: [400, 600] } });
  const passage = await swapAcrossInstances(topology, () => undefined);
  expect(passage.statuses.at(-1)).toBe('SUCCEEDED');
  expect(passage.subscriberAt).not.toBe(passage.webhookAt);
  const submissions = await topology.submissions();
  // Reported by the webhook: ModelsLab was never polled.
  expect(submissions.at(-1)).toMatchObject({ webhooksDelivered: 1, fetches: 0 });
});
