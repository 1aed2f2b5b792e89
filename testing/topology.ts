import { onTestFinished } from 'vitest';
import { startTopology, type Topology, type TopologyOptions } from '../scripts/topology/topology.js';

/** The deployment of compose.yaml as processes; stopped after the test. */
export async function topologyForTest(options: TopologyOptions): Promise<Topology> {
  const topology = await startTopology(options);
  onTestFinished(() => topology.stop());
  return topology;
}
