import { test } from 'vitest';
import { startBrowser } from '../browser.js';
import { topologyForTest } from '../topology.js';

test('runs until killed', async () => {
  await topologyForTest({});
  await startBrowser();
  await new Promise(() => undefined);
});
