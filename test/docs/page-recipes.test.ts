import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { buildRecipePages, type RecipePages } from './recipe-pages.js';
import { createRecipeProjects } from './recipe-project.js';
import { refuseConnections } from './refuse-connections.js';
import { startSpokenSandbox } from './spoken-sandbox.js';

const projects = createRecipeProjects();
/** Those that swap the samples with one click. */
const recipes = projects.pages.filter((page) => page !== 'uploads' && page !== 'apollo-list');
let pages: RecipePages;
let env: Record<string, string>;

beforeAll(async () => {
  pages = await buildRecipePages(projects);
  env = { ...pages.env, GATEWAY_API_KEYS: keysFor(...projects.pages), MODELSLAB_QUEUE_LIMIT: '15' };
});
afterAll(async () => {
  await pages.close();
  projects.remove();
});

const openAll = (keyOf = (recipe: string): string => `${recipe}-key`) =>
  Promise.all(recipes.map(async (recipe) => ({ recipe, page: await pages.open(recipe, keyOf(recipe)) })));
const swapFaces = (page: Page) => page.getByRole('button', { name: 'Swap faces' }).click();
const alertOf = (page: Page) => page.getByRole('alert').innerText();
const pictureOf = (page: Page) => page.getByRole('img', { name: 'The result' }).getAttribute('src');

/** The gateway gets the page's requests; the page gets no response. Some repeat a request at once, so this lasts until `stop`. */
function loseResponses(page: Page): { first: Promise<void>; stop(): void } {
  const first = Promise.withResolvers<void>();
  let isStopped = false;
  const lose = async (route: Route): Promise<void> => {
    if (isStopped) return route.fallback();
    await route.fetch();
    await route.abort();
    first.resolve();
  };
  void page.route('**/graphql', (route) => lose(route).catch(first.reject));
  return {
    first: first.promise,
    stop() {
      isStopped = true;
    },
  };
}

async function swapsOf(gateway: TestGateway, recipe: string): Promise<unknown> {
  const { data } = await gateway.graphql('{ swaps { nodes { status output } } }', {}, bearer(recipe));
  return (data?.['swaps'] as { nodes: unknown } | undefined)?.nodes;
}

test('every page compiles under strict rules', async () => {
  expect((await projects.tool('.', 'typescript/bin/tsc').ended).lines).toEqual([]);
});

test('every page swaps faces, shows the picture, and makes one swap of two clicks', async () => {
  const gateway = await startGateway(env);
  const checks = (await openAll()).map(async ({ recipe, page }) => {
    await page.getByRole('button', { name: 'Swap faces' }).dblclick();
    const picture = await pictureOf(page);
    await page.waitForFunction('[...document.images].every(({ naturalWidth }) => naturalWidth > 0)');
    expect({ recipe, swaps: await swapsOf(gateway, recipe) }).toEqual({
      recipe,
      swaps: [{ status: 'SUCCEEDED', output: [picture] }],
    });
  });
  await Promise.all(checks);
});

test('every page follows its swap across a restart of the gateway', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  const settings = { ...env, ARCHIVE: 'off', DATA_DIR: temporaryFolder() };
  const { gateway } = await startGateway(settings, { sandbox });
  modelsLab.handle((call) => call.answer(200, answers.processing(500 + modelsLab.submissions().length)));
  const opened = await openAll();
  const started = opened.map(async ({ page }) => {
    await swapFaces(page);
    await page.getByRole('status').filter({ hasText: 'PROCESSING' }).waitFor();
  });
  await Promise.all(started);

  await gateway.close();
  await refuseConnections(Number(pages.env.PORT), opened.length);
  await startGateway(settings, { sandbox });
  for (const index of opened.keys()) await modelsLab.sendWebhook(answers.success(501 + index), index);
  for (const { page } of opened) expect(await pictureOf(page)).toMatch('https://files.example.com/');
});

test('every page shows the code of a refused request', async () => {
  await startGateway(env);
  const checks = (await openAll(() => 'wrong-key')).map(async ({ recipe, page }) => {
    await swapFaces(page);
    expect(`${recipe}: ${await alertOf(page)}`).toMatch(`${recipe}: UNAUTHENTICATED: Send a valid API key`);
  });
  await Promise.all(checks);
});

test('every page shows why a swap failed, and the next click is a new swap', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  modelsLab.handle((call) => call.answer(200, answers.error('No face detected')));
  const gateway = await startGateway({ ...env, ARCHIVE: 'off' }, { sandbox });
  const opened = await openAll();
  const failed = opened.map(async ({ recipe, page }) => {
    await swapFaces(page);
    expect(`${recipe}: ${await alertOf(page)}`).toMatch('no face');
  });
  await Promise.all(failed);

  modelsLab.handle((call) => call.answer(200, answers.success(modelsLab.submissions().length)));
  const succeeded = opened.map(async ({ recipe, page }) => {
    await swapFaces(page);
    await pictureOf(page);
    expect({ recipe, swaps: await swapsOf(gateway, recipe) }).toMatchObject({
      recipe,
      swaps: [{ status: 'SUCCEEDED' }, { status: 'FAILED' }],
    });
  });
  await Promise.all(succeeded);
});

test('every page says that there was no response, and another click asks again', async () => {
  const opened = await openAll();
  const isPatient = (recipe: string): boolean => recipe === 'long-polling';
  const silent = opened.map(async ({ recipe, page }) => {
    await swapFaces(page);
    if (!isPatient(recipe)) expect(await alertOf(page)).toMatch(/^(No response|UNREACHABLE)/);
  });
  await Promise.all(silent);

  const { modelsLab, sandbox } = await startSpokenSandbox();
  modelsLab.handle((call) => call.answer(200, answers.success(modelsLab.submissions().length)));
  const gateway = await startGateway({ ...env, ARCHIVE: 'off' }, { sandbox });
  const answered = opened.map(async ({ recipe, page }) => {
    if (!isPatient(recipe)) await swapFaces(page);
    await pictureOf(page);
    expect(await swapsOf(gateway, recipe)).toHaveLength(1);
  });
  await Promise.all(answered);
});

test('a request whose response was lost is the same swap when it is sent again, also after a reload', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  modelsLab.handle((call) => call.answer(200, answers.success(modelsLab.submissions().length)));
  const gateway = await startGateway({ ...env, ARCHIVE: 'off' }, { sandbox });
  const checks = (await openAll()).map(async ({ recipe, page }) => {
    const lost = loseResponses(page);
    await swapFaces(page);
    await lost.first;
    page.once('framenavigated', lost.stop);
    await page.reload();
    // The hooks go on by themselves.
    if (recipe !== 'react') await swapFaces(page);
    await pictureOf(page);
    expect({ recipe, swaps: await swapsOf(gateway, recipe) }).toMatchObject({ recipe, swaps: [{}] });
  });
  await Promise.all(checks);
  expect(modelsLab.submissions()).toHaveLength(recipes.length);
});

test('the list shows older pages, a new swap on top of them, and its progress', async () => {
  const { modelsLab, sandbox } = await startSpokenSandbox();
  modelsLab.handle((call) => call.answer(200, answers.success(modelsLab.submissions().length)));
  const gateway = await startGateway({ ...env, ARCHIVE: 'off' }, { sandbox });
  for (let trackId = 1; trackId <= 12; trackId++)
    await requestSwap(gateway, { trackId }, { wait: 5, headers: bearer('apollo-list') });

  modelsLab.handle((call) => call.answer(200, answers.processing(modelsLab.submissions().length)));
  const page = await pages.open('apollo-list', 'apollo-list-key');
  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByRole('listitem').nth(11).waitFor();
  await swapFaces(page);
  await page.getByRole('listitem').first().getByText('PROCESSING').waitFor();
  await modelsLab.sendWebhook(answers.success(13), 12);
  await page.getByRole('listitem').first().getByRole('img').waitFor({ state: 'attached' });
  const images = await page.getByRole('img').all();
  const pictures = await Promise.all(images.map((image) => image.getAttribute('src')));
  expect(pictures).toEqual(
    Array.from({ length: 13 }, (_, index) => `https://files.example.com/${13 - index}.jpg`),
  );
});

test('uploads are made once, also when the swap is requested again', async () => {
  const gateway = await startGateway(env);
  const page = await pages.open('uploads', 'uploads-key');
  const sample = await (await fetch(`${gateway.url}/samples/ada.jpg`)).bytes();
  const files = { name: 'portrait.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(sample) };
  await page.getByLabel('Whose face is replaced').setInputFiles(files);
  await page.getByLabel('The face to insert').setInputFiles(files);
  const lost = loseResponses(page);
  await swapFaces(page);
  await lost.first;
  lost.stop();
  expect(await alertOf(page)).toBe('No response from the gateway. Try again.');
  await swapFaces(page);
  const picture = await pictureOf(page);
  expect(await swapsOf(gateway, 'uploads')).toEqual([{ status: 'SUCCEEDED', output: [picture] }]);
  expect(gateway.logs.lines().filter(({ event }) => event === 'upload.stored')).toHaveLength(2);
});

test('an upload that is no picture is refused with its code', async () => {
  await startGateway(env);
  const page = await pages.open('uploads', 'uploads-key');
  const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') };
  for (const label of ['Whose face is replaced', 'The face to insert'])
    await page.getByLabel(label).setInputFiles(file);
  await swapFaces(page);
  expect(await alertOf(page)).toMatch('PICTURE_TYPE_NOT_SUPPORTED: ');
});
