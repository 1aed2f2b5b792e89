import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { keysFor } from '../../testing/gateway-keys.js';
import { openStudio, pickSamples, startStudioGateway } from '../../testing/studio.js';

/** Violations found by axe-core, one per line. Evaluated over the debugger, bypassing the page's CSP. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const found = await (window as unknown as { axe: typeof import('axe-core') }).axe.run();
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
    );
  });
}

const widthOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

test.each([
  [1440, 'light'],
  [1440, 'dark'],
  [360, 'light'],
  [360, 'dark'],
] as const)(
  'at %i pixels, %s: axe-core finds no violation in any state, and nothing is wider than the screen',
  async (width, colorScheme) => {
    const gateway = await startStudioGateway({ queueLimit: 1, faults: { generationMs: [1500, 1500] } });
    const studio = await openStudio(gateway.url, { width, colorScheme, consent: false });
    const { page } = studio;
    const check = async (): Promise<void> => {
      // Colors in transition cannot be judged.
      await page.waitForTimeout(250);
      expect(await violations(page)).toEqual([]);
      expect(await widthOf(page)).toBe(width);
    };
    await page.getByText('No swaps yet').waitFor();
    await check();
    await studio.submit();
    await check();
    await pickSamples(studio);
    await studio.submit();
    await page.getByRole('dialog').waitFor();
    await check();
    await page.getByRole('button', { name: 'They agreed, continue' }).click();
    await studio.card('PROCESSING').waitFor();
    await studio.pick('targetImage', 'Hana');
    await studio.submit();
    await studio.card('QUEUED').waitFor();
    await check();
    await page.locator('.card[data-status=SUCCEEDED]').nth(1).waitFor();
    gateway.sandbox.setFaults({ generationFailed: 1 });
    await studio.submit();
    await studio.card('FAILED').waitFor();
    await check();
  },
);

test('axe-core finds no violation when a key is required, and when the connection is lost', async () => {
  const gateway = await startStudioGateway({}, { GATEWAY_API_KEYS: keysFor('ada') });
  const { page } = await openStudio(gateway.url);
  await page.getByLabel('API key or token').waitFor();
  expect(await violations(page)).toEqual([]);
  await gateway.gateway.close();
  await page.getByText('Connection lost.').waitFor();
  expect(await violations(page)).toEqual([]);
});
