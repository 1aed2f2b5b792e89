import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStudio, pickSamples, startStudioGateway } from '../../testing/studio.js';

test('three clicks on samples and one on the button show the swapped picture', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url, { consent: false });
  const { page, card } = studio;
  await page.getByText('No swaps yet').waitFor();
  const requested = page.waitForRequest((request) => request.postData()?.includes('RequestSwap') ?? false);

  await pickSamples(studio);
  await studio.submit();
  await page.getByRole('dialog').getByText('Ask the people shown.').waitFor();
  await page.getByRole('button', { name: 'They agreed, continue' }).click();
  expect((await requested).postDataJSON().variables.input).toMatchObject({ consent: true, watermark: true });

  await card('PROCESSING').getByRole('progressbar').waitFor();
  await card('SUCCEEDED').waitFor();
  const after = card().getByAltText('After the swap');
  await expect.poll(() => after.evaluate((picture: HTMLImageElement) => picture.naturalWidth)).toBe(960);
  expect(await page.getByRole('status').filter({ hasText: 'Swap: Done' }).count()).toBe(1);

  await page.screenshot({ path: join(import.meta.dirname, '../../out/studio-swap.png') });

  // The second time there is no dialog, and the choices are still there.
  await studio.pick('targetImage', 'Hana');
  await page.getByText('Watermark').click();
  await studio.submit();
  await card('PROCESSING').waitFor();
  await page.locator('.card[data-status=SUCCEEDED]').nth(1).waitFor();
  expect(studio.complaints).toEqual([]);
});

test('the result can be compared by keyboard, downloaded, and copied as a link and as working GraphQL', async () => {
  const gateway = await startStudioGateway({ faults: { successAtOnce: 1, generationMs: [0, 0] } });
  const studio = await openStudio(gateway.url);
  await studio.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const clipboard = () => studio.page.evaluate(() => navigator.clipboard.readText());
  await pickSamples(studio);
  await studio.submit();
  const card = studio.card('SUCCEEDED');

  const divider = card.getByRole('slider', { name: 'Divider between before and after' });
  await divider.focus();
  await studio.page.keyboard.press('Home');
  expect(await divider.getAttribute('aria-valuetext')).toBe('0 % before, 100 % after');

  await card.getByRole('button', { name: 'Copy link' }).click();
  const link = await clipboard();
  expect((await fetch(link)).headers.get('content-type')).toBe('image/jpeg');

  await card.getByRole('button', { name: 'Copy GraphQL' }).click();
  const { data } = await gateway.graphql(await clipboard());
  expect(data).toMatchObject({ singleFaceSwap: { id: expect.any(String) } });

  const download = studio.page.waitForEvent('download');
  await card.getByRole('link', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toMatch(/^swap-.*\.jpg$/);
  expect(studio.complaints).toEqual([]);
});

test('everything works without a pointer', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url, { consent: false });
  const { page, slot } = studio;
  const { keyboard } = page;
  for (const [name, title] of [
    ['initImage', 'Ada, Chen'],
    ['targetImage', 'Bruno'],
    ['referenceImage', 'Erik'],
  ] as const) {
    await slot(name).locator('.sample').first().waitFor();
    const isReached = () => slot(name).locator(`.sample[title*="${title}"]:focus`).count();
    while ((await isReached()) === 0) await keyboard.press('Tab');
    await keyboard.press('Enter');
    await slot(name).getByRole('button', { name: 'remove' }).waitFor();
  }
  while ((await page.evaluate(() => document.activeElement?.textContent)) !== 'Swap faces')
    await keyboard.press('Tab');
  await keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.locator('.card').count()).toBe(0);
  await keyboard.press('Enter');
  await dialog.waitFor();
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await studio.card('SUCCEEDED').waitFor();
});

test('a missing picture is named and gets the focus', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url);
  await studio.pick('initImage', 'Dora and');
  await studio.submit();
  await studio.slot('targetImage').getByRole('alert').getByText('Pick the new face.').waitFor();
  const focused = await studio.page.evaluate(
    () => document.activeElement?.closest<HTMLElement>('[data-slot]')?.dataset['slot'],
  );
  expect(focused).toBe('targetImage');
});

test('an error about a link appears at its slot', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url);
  await pickSamples(studio);
  await studio.slot('targetImage').getByRole('button', { name: 'remove' }).click();
  await studio.link('targetImage', 'http://10.0.0.1/face.jpg');
  await studio.submit();
  await studio.slot('targetImage').getByRole('alert').getByText('must start with https://').waitFor();
  expect(await studio.page.locator('.card').count()).toBe(0);
});
