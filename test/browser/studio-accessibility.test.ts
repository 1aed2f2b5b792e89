import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { keysFor } from '../../testing/gateway-keys.js';
import { openStudio, pickSamples, startStudioGateway } from '../../testing/studio.js';

/** The rules whose verdict depends on colors. */
const colorRules = ['color-contrast', 'link-in-text-block'];

/** Violations found by axe-core, one per line. Evaluated over the debugger, bypassing the page's CSP. */
async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(
    async (only) => {
      const { run } = (window as unknown as { axe: typeof import('axe-core') }).axe;
      const found = await run(only ? { runOnly: { type: 'rule', values: only } } : {});
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
      );
    },
    rules && [...rules],
  );
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
    // Colors in transition cannot be judged.
    const studio = await openStudio(gateway.url, { width, colorScheme, reducedMotion: 'reduce' });
    const { page } = studio;
    const check = async (): Promise<void> => {
      expect(await violations(page, colorScheme === 'dark' ? colorRules : undefined)).toEqual([]);
      expect(await widthOf(page)).toBe(width);
    };
    await page.getByText('No swaps yet').waitFor();
    await check();
    await studio.slot('initImage').getByRole('button', { name: 'remove' }).click();
    await studio.slot('targetImage').getByRole('button', { name: 'remove' }).click();
    await studio.submit();
    await check();
    await page.getByRole('radio', { name: 'Code' }).check();
    await page.getByText('The result appears here').waitFor();
    await check();
    await pickSamples(studio);
    await page.getByText('singleFaceSwap').waitFor();
    await check();
    await studio.link('targetImage', 'https://images.example.com/face.jpg');
    await studio.submit();
    await page.getByRole('dialog').waitFor();
    await check();
    await page.getByRole('button', { name: 'Not now' }).click();
    await studio.pick('targetImage', 'Farah');
    await studio.submit();
    await studio.result('PROCESSING').waitFor();
    await studio.pick('targetImage', 'Hana');
    await studio.submit();
    await studio.result('QUEUED').waitFor();
    await check();
    await studio.result('SUCCEEDED').waitFor();
    for (const view of ['Slider', 'Side by side', 'After']) {
      await page.getByRole('radio', { name: view }).check();
      await check();
    }
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await check();
    await page.getByRole('button', { name: 'Erase' }).click();
    await check();
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await page.locator('.card').first().click();
    await check();
    gateway.sandbox.setFaults({ generationFailed: 1 });
    await studio.submit();
    await studio.result('FAILED').waitFor();
    await check();
  },
);

test('axe-core finds no violation when a key is required, and when the connection is lost', async () => {
  const gateway = await startStudioGateway({}, { GATEWAY_API_KEYS: keysFor('ada') });
  const { page } = await openStudio(gateway.url);
  await page.getByLabel('API key or token').waitFor();
  expect(await violations(page)).toEqual([]);
  await gateway.gateway.close();
  // As when the user comes back to the tab, instead of the next poll.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.getByText('Connection lost.').waitFor();
  expect(await violations(page)).toEqual([]);
});
