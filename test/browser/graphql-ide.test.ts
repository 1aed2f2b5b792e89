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
  page.setDefaultTimeout(patienceMs);
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

test('the IDE knows the schema at once, shows no advertisement, and begins with the swap that the Studio showed', async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  page.setDefaultTimeout(patienceMs);
  const id = '01234567-89ab-4cde-8f01-23456789abcd';
  const introspected = page.waitForRequest((request) => request.postData()?.includes('__schema') ?? false);
  await page.goto(`${gateway.url}/graphql/ide/?swap=${id}`);
  await introspected;
  expect(await page.locator('.app-banner, .banner-item, app-banner').count()).toBe(0);
  for (const name of ['Samples', 'Swaps', 'EraseSwap'])
    await page.getByText(name, { exact: true }).first().waitFor();
  const begins = await fetch(`${gateway.url}/graphql/ide/?swap=${id}`);
  expect(await begins.text()).toContain(id);
  // Anything else does not get into the page.
  const reflected = await fetch(`${gateway.url}/graphql/ide/?swap=%3C/script%3E${id}`);
  expect(await reflected.text()).not.toContain(id);
});

const openWindow = (page: Page, name: string) => page.getByText(name, { exact: true }).first().click();
const variables = (page: Page) => page.locator('.variables-editor-inner .cm-content');

test('the variables of a window are unfolded, until the user folds them', async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  page.setDefaultTimeout(patienceMs);
  await page.goto(`${gateway.url}/graphql/ide/`);
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

test('the IDE begins with the last swap, each time the Studio leads to it, and without its link too', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [50, 50] } });
  const { page, submit, result } = await openStudio(gateway.url);
  for (const visit of ['first', 'second']) {
    await page.goto(gateway.url);
    await submit();
    await result('SUCCEEDED').waitFor();
    const id = page.url().slice(-36);
    await page.getByRole('link', { name: 'Face Swap Studio' }).click();
    await page.getByRole('link', { name: 'API explorer' }).click();
    await openWindow(page, 'SwapUpdated');
    await variables(page).getByText(id).waitFor();
    if (visit === 'first') continue;
    await page.goto(`${gateway.url}/graphql`);
    expect(page.url()).toBe(`${gateway.url}/graphql/ide/`);
    await openWindow(page, 'SwapUpdated');
    await variables(page).getByText(id).waitFor();
  }
});

test("a visit about a swap leaves the user's own windows as they are", async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  page.setDefaultTimeout(patienceMs);
  const query = page.locator('.query-editor__input .cm-content');
  await page.goto(`${gateway.url}/graphql/ide/`);
  await query.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('query OfMine { me { client } }');
  const stored = () =>
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
  await expect.poll(stored, { timeout: patienceMs }).toContain('OfMine');
  await page.goto(`${gateway.url}/graphql/ide/?swap=01234567-89ab-4cde-8f01-23456789abcd`);
  await query.getByText('singleFaceSwap', { exact: true }).waitFor();
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
  expect(html).toContain('paste a swap id');
  expect(html).not.toContain('</script></script>');
});
