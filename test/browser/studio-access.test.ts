import { expect, test } from 'vitest';
import { keysFor } from '../../testing/gateway-keys.js';
import { openStudio, pickSamples, startStudioGateway } from '../../testing/studio.js';

test('a gateway with keys requires one, rejects a wrong one, and accepts the right one over the socket too', async () => {
  const gateway = await startStudioGateway(
    { faults: { generationMs: [1500, 1500] } },
    { GATEWAY_API_KEYS: keysFor('ada', 'ben') },
  );
  const studio = await openStudio(gateway.url);
  const { page } = studio;
  const field = page.getByLabel('API key or token');
  await field.fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('The gateway rejected this key.').waitFor();
  await field.fill('ada-key');
  await page.keyboard.press('Enter');
  await pickSamples(studio);
  await studio.submit();
  await studio.card('SUCCEEDED').waitFor();
  // Reloading the tab keeps the key; another tab has none.
  await page.reload();
  await studio.card('SUCCEEDED').waitFor();
  const other = await studio.context.newPage();
  await other.goto(gateway.url);
  await other.getByLabel('API key or token').fill('ben-key');
  await other.keyboard.press('Enter');
  await other.getByText('No swaps yet').waitFor();
  expect(await other.locator('.card').count()).toBe(0);
});
