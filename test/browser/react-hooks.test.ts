import { expect, test } from 'vitest';
import { type OpenPage, startReactPages } from '../../testing/react-page.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';

async function start(env: Record<string, string> = {}) {
  const pages = await startReactPages();
  const modelsLab = await startStubModelsLab();
  const gateway = await startGateway({ ...modelsLab.env, ALLOWED_ORIGINS: pages.origin, ...env });
  const open = (page: string, query: Record<string, string> = {}): Promise<OpenPage> =>
    pages.open({ gateway: gateway.url, page, input: JSON.stringify(images), ...query });
  return { modelsLab, gateway, open };
}

const status = async ({ read }: OpenPage): Promise<unknown> =>
  ((await read('swap')) as { status?: string } | null)?.status;

test('a swap that an effect starts under StrictMode is one swap, shown in each state', async () => {
  const { modelsLab, open } = await start();
  const tab = await open('effect');
  (await modelsLab.submission()).answer(200, answers.processing(1001));
  await expect.poll(() => status(tab)).toBe('PROCESSING');
  expect(await tab.read('active')).toBe(true);
  await modelsLab.sendWebhook(answers.success(1001));
  await expect.poll(() => status(tab)).toBe('SUCCEEDED');
  expect(await tab.read('active')).toBe(false);
  expect(await tab.read('error')).toBeNull();
  expect(modelsLab.submissions()).toHaveLength(1);
});

test('a double click is one swap, and a closed tab finds it again', async () => {
  const { modelsLab, open } = await start();
  const tab = await open('button');
  await tab.page.getByRole('button', { name: 'start' }).dblclick();
  (await modelsLab.submission()).answer(200, answers.processing(1002));
  await expect.poll(() => status(tab)).toBe('PROCESSING');
  await tab.page.close();

  const again = await open('button');
  await expect.poll(() => status(again)).toBe('PROCESSING');
  await modelsLab.sendWebhook(answers.success(1002));
  await expect.poll(() => status(again)).toBe('SUCCEEDED');
  expect(modelsLab.submissions()).toHaveLength(1);

  const later = await open('button');
  await later.page.waitForLoadState('networkidle');
  expect(await later.read('swap')).toBeNull();
});

test('errors are shown by code, and reset clears them', async () => {
  const { open } = await start();
  const tab = await open('button', { input: JSON.stringify({ ...images, initImage: 'nonsense' }) });
  await tab.click('start');
  await expect.poll(() => tab.read('error')).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await tab.read('active')).toBe(false);
  await tab.click('reset');
  await expect.poll(() => tab.read('error')).toBeNull();
});

test('a queued swap can be canceled', async () => {
  const { modelsLab, gateway, open } = await start({ MODELSLAB_QUEUE_LIMIT: '1' });
  const other = gateway.graphql(
    'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }',
    { input: { ...images, trackId: 5 } },
  );
  await modelsLab.submission();
  await other;
  const tab = await open('button');
  await tab.click('start');
  await expect.poll(() => status(tab)).toBe('QUEUED');
  await tab.click('cancel');
  await expect.poll(() => status(tab)).toBe('CANCELED');
});

test('useSwap follows a swap of another page, and reports one that does not exist', async () => {
  const { modelsLab, gateway, open } = await start();
  const { data } = await gateway.graphql(
    'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }',
    { input: images },
  );
  (await modelsLab.submission()).answer(200, answers.processing(1003));
  const id = String((data?.['singleFaceSwap'] as { id?: string } | undefined)?.id);
  const tab = await open('follow', { id });
  await expect.poll(() => status(tab)).toBe('PROCESSING');
  await modelsLab.sendWebhook(answers.success(1003));
  await expect.poll(() => status(tab)).toBe('SUCCEEDED');
  expect(await tab.read('active')).toBe(false);
  const nobody = await open('follow', { id: 'nobody' });
  await expect.poll(() => nobody.read('error')).toMatchObject({ code: 'NOT_FOUND' });
});

test('useSwaps loads page by page, and again', async () => {
  const { modelsLab, gateway, open } = await start();
  modelsLab.handle((call) => call.answer(200, answers.success(1010 + modelsLab.submissions().length)));
  const request = async (trackId: number): Promise<string> => {
    const { data } = await gateway.graphql(
      'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input, wait: 20) { id } }',
      { input: { ...images, trackId } },
    );
    return String((data?.['singleFaceSwap'] as { id?: string } | undefined)?.id);
  };
  const ids: string[] = [];
  for (const trackId of [1, 2, 3]) ids.unshift(await request(trackId));
  const tab = await open('list');
  await expect.poll(() => tab.read('ids')).toEqual(ids.slice(0, 2));
  expect(await tab.read('more')).toBe(true);
  await tab.click('more swaps');
  await expect.poll(() => tab.read('ids')).toEqual(ids);
  ids.unshift(await request(4));
  await tab.click('refresh');
  await expect.poll(() => tab.read('ids')).toEqual(ids.slice(0, 2));
});

test('useUpload gives the URL of an uploaded picture, or the code of the error', async () => {
  const { open } = await start();
  const tab = await open('upload');
  await tab.click('upload');
  await expect.poll(() => tab.read('picture')).toMatchObject({ url: expect.stringContaining('/uploads/') });
  await tab.click('upload text');
  await expect.poll(() => tab.read('error')).toMatchObject({ code: 'PICTURE_TYPE_NOT_SUPPORTED' });
  expect(await tab.read('picture')).toBeNull();
});

test('a page of an origin that is not allowed is told so within three seconds', async () => {
  const { open, modelsLab } = await start({ ALLOWED_ORIGINS: 'https://elsewhere.example.com' });
  const tab = await open('button');
  const since = Date.now();
  await tab.click('start');
  await expect
    .poll(() => tab.read('error'))
    .toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('ALLOWED_ORIGINS') });
  expect(Date.now() - since).toBeLessThan(3000);
  expect(modelsLab.calls).toEqual([]);
});

test.each(['hide', 'log in'])(
  'a swap that is no longer followed, after "%s", is not shown as active',
  async (act) => {
    const { modelsLab, open } = await start();
    const tab = await open('changing swap');
    await tab.click('start');
    (await modelsLab.submission()).answer(200, answers.processing(1003));
    await expect.poll(() => status(tab)).toBe('PROCESSING');
    await tab.click(act);
    await tab.click('return');
    await expect.poll(() => tab.read('active')).toBe(false);
  },
);

test('an upload that ends because its component is hidden is not shown as uploading', async () => {
  const { open } = await start();
  const tab = await open('changing upload');
  await tab.page.route('**/uploads', () => undefined);
  await tab.click('upload');
  await expect.poll(() => tab.read('uploading')).toBe(true);
  await tab.click('hide');
  await tab.click('return');
  await expect.poll(() => tab.read('uploading')).toBe(false);
});
