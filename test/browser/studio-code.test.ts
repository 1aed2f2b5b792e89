import { expect, test } from 'vitest';
import { keysFor } from '../../testing/gateway-keys.js';
import { openStudio, type StudioPage, startStudioGateway } from '../../testing/studio.js';

const fast = { faults: { generationMs: [100, 100] as [number, number] } };
const key = 'ada-key';

async function openCode(width = 1440): Promise<StudioPage & { gatewayUrl: string }> {
  const gateway = await startStudioGateway(fast, { GATEWAY_API_KEYS: keysFor('ada') });
  const studio = await openStudio(gateway.url, { width });
  await studio.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await studio.page.getByLabel('API key or token').fill(key);
  await studio.page.keyboard.press('Enter');
  await studio
    .slot('targetImage')
    .getByAltText(/New face/)
    .waitFor();
  return { ...studio, gatewayUrl: gateway.url };
}

/** What the user gets by choosing a language and pressing the button. */
async function copy({ page }: StudioPage, language: string, block = 0): Promise<string> {
  await page.getByRole('radio', { name: 'Code' }).check();
  await page.getByRole('radio', { name: language, exact: true }).check();
  await page.getByRole('button', { name: 'Copy code' }).nth(block).click();
  return page.evaluate(() => navigator.clipboard.readText());
}

test.each([1440, 360])('at %i pixels, the code of a result is two actions away', async (width) => {
  const studio = await openCode(width);
  await studio.submit();
  await studio.result('SUCCEEDED').waitFor();
  const code = await copy(studio, 'curl');
  expect(code).toContain('/samples/friends.jpg');
  await studio.page.getByText('The call that made this swap.').waitFor();
  expect(code).not.toContain(key);
});

test.each([1440, 360])(
  'at %i pixels, the header leads to the IDE, the schema and the documentation',
  async (width) => {
    const gateway = await startStudioGateway();
    const { page } = await openStudio(gateway.url, { width });
    for (const [name, words] of [
      ['Schema', 'type Mutation'],
      ['Docs', 'swap'],
    ] as const) {
      await page.goto(gateway.url);
      await page.getByRole('link', { name }).click();
      await page.getByText(words).first().waitFor();
      expect(page.url()).toContain('/docs/');
    }
    await page.goto(gateway.url);
    await page.getByRole('link', { name: 'API explorer' }).click();
    await page.getByText('Send Request').first().waitFor();
  },
);
