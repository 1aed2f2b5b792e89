import { onTestFinished } from 'vitest';
import { startTopology, type Topology, type TopologyOptions } from '../scripts/topology/topology.js';

/** What compose.yaml describes, as processes; gone when the test is over. */
export async function topologyForTest(options: TopologyOptions): Promise<Topology> {
  const topology = await startTopology(options);
  onTestFinished(() => topology.stop());
  return topology;
}
