import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { startBrowser } from '../../testing/browser.js';
import { startGateway } from '../../testing/start-gateway.js';
import { openStudio, startStudioGateway } from '../../testing/studio.js';
import { requestSwap } from '../../testing/swap-client.js';
import { patienceMs } from '../../testing/timeouts.js';

test('the IDE runs a query and follows a swap live, without violating its content security policy', async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  page.setDefaultTimeout(2 * patienceMs);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(gateway.url) && !/^(data|blob):/.test(request.url()))
      foreign.push(request.url());
  });

  await page.goto(`${gateway.url}/graphql`);
  expect(page.url()).toBe(`${gateway.url}/graphql/ide/`);
  await page.getByText('GatewayStatus').first().click();
  await page.getByText('Send Request').click();
  await page.getByText('"SANDBOX"').first().waitFor();

  const sample = (name: string): string => `${gateway.url}/samples/${name}.jpg`;
  const { id } = await requestSwap(gateway, {
    initImage: sample('ada'),
    targetImage: sample('bruno'),
    referenceImage: sample('ada'),
  });
  await page.getByText('SwapUpdated').first().click();
  await page.locator('.cm-content').filter({ hasText: 'queuePosition' }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(`subscription { swapUpdated(id: "${id}") { id status } }`);
  await page.getByText('Send Request').click();
  await page.getByText('"SUCCEEDED"').first().waitFor();

  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
});

const openWindow = (page: Page, name: string) => page.getByText(name, { exact: true }).first().click();
/** What Altair keeps in the browser. */
const storedState = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const opening = indexedDB.open('AltairDB');
        opening.onsuccess = () => {
          const rows = opening.result.transaction('appState').objectStore('appState').getAll();
          rows.onsuccess = () => resolve(JSON.stringify(rows.result));
        };
      }),
  );
const variables = (page: Page) => page.locator('.variables-editor-inner .cm-content');

test('the IDE knows the schema at once, shows no advertisement, and unfolds variables until the user folds them', async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  page.setDefaultTimeout(2 * patienceMs);
  const introspected = page.waitForRequest((request) => request.postData()?.includes('__schema') ?? false);
  await page.goto(`${gateway.url}/graphql/ide/`);
  await introspected;
  expect(await page.locator('.app-banner, .banner-item, app-banner').count()).toBe(0);
  for (const name of ['Samples', 'Swaps', 'EraseSwap'])
    await page.getByText(name, { exact: true }).first().waitFor();
  await variables(page).getByText('/samples/ada.jpg').first().waitFor();
  await openWindow(page, 'SwapUpdated');
  await variables(page).getByText('paste a swap id').waitFor();
  // Without variables, the query has the room.
  await openWindow(page, 'Samples');
  await page.locator('.query-editor__input').getByText('title', { exact: true }).waitFor();
  await page.locator('.variables-editor--title').waitFor();
  expect(await variables(page).count()).toBe(0);
  await openWindow(page, 'SwapResult');
  await variables(page).getByText('paste a swap id').waitFor();
  await page.locator('.variables-editor--title').click();
  await variables(page).waitFor({ state: 'detached' });
  await openWindow(page, 'CancelSwap');
  await page.locator('.query-editor__input').getByText('cancelSwap', { exact: true }).waitFor();
  expect(await variables(page).count()).toBe(0);
});

test('the IDE begins with the last swap, without a link too, and keeps what the user wrote', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [50, 50] } });
  const { page, submit, result } = await openStudio(gateway.url);
  const swap = async (): Promise<string> => {
    await page.goto(gateway.url);
    await submit();
    await result('SUCCEEDED').waitFor();
    return page.url().slice(-36);
  };
  const first = await swap();
  await page.goto(`${gateway.url}/graphql`);
  expect(page.url()).toBe(`${gateway.url}/graphql/ide/`);
  await openWindow(page, 'SwapUpdated');
  await variables(page).getByText(first).waitFor();
  const query = page.locator('.query-editor__input .cm-content');
  await query.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('query OfMine { me { client } }');
  await expect.poll(() => storedState(page), { timeout: patienceMs }).toContain('OfMine');
  // What the browser keeps of that visit does not hide the next swap, and is not lost either.
  const second = await swap();
  await page.getByRole('link', { name: 'Face Swap Studio' }).click();
  await page.getByRole('link', { name: 'API explorer' }).click();
  await openWindow(page, 'SwapUpdated');
  await variables(page).getByText(second).waitFor();
  await page.goto(`${gateway.url}/graphql/ide/`);
  await query.getByText('OfMine', { exact: true }).waitFor();
});

test.each([
  'face-swap-last=</script>',
  'face-swap-last=01234567-89ab-4cde-8f01-23456789abcd1',
  'other-face-swap-last=01234567-89ab-4cde-8f01-23456789abcd',
])('a cookie that the Studio did not set is ignored: %s', async (cookie) => {
  const { url } = await startGateway();
  const html = await (await fetch(`${url}/graphql/ide/`, { headers: { cookie } })).text();
  const asked = await (
    await fetch(`${url}/graphql/ide/?swap=%3C/script%3E01234567-89ab-4cde-8f01-23456789abcd`)
  ).text();
  expect(asked).not.toContain('01234567');
  expect(html).toContain('paste a swap id');
  expect(html).not.toContain('</script></script>');
});
