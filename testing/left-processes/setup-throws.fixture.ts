import { beforeAll, test } from 'vitest';
import { startTopology } from '../../scripts/topology/topology.js';

beforeAll(async () => {
  await startTopology();
  throw new Error('this setup fails');
}, Number.POSITIVE_INFINITY);

test('never runs', () => undefined);
