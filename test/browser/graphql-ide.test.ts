import { expect, test } from 'vitest';
import { startBrowser } from '../../testing/browser.js';
import { startGateway } from '../../testing/start-gateway.js';
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
