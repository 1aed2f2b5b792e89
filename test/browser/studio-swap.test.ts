import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStudio, pickSamples, startStudioGateway } from '../../testing/studio.js';

test('clicks on samples and one on the button show the swapped picture', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url);
  const { page, card } = studio;
  await page.getByText('No swaps yet').waitFor();
  const requested = page.waitForRequest((request) => request.postData()?.includes('RequestSwap') ?? false);

  await pickSamples(studio);
  await studio.submit();
  // Drawn people need not be asked.
  const { input } = (await requested).postDataJSON().variables;
  expect(input).toMatchObject({ watermark: true });
  expect(input).not.toHaveProperty('consent');

  await studio.result('PROCESSING').getByRole('progressbar').waitFor();
  await studio.result('SUCCEEDED').waitFor();
  const after = page.getByAltText('After the swap');
  await expect.poll(() => after.evaluate((picture: HTMLImageElement) => picture.naturalWidth)).toBe(960);
  expect(
    await page
      .getByRole('status')
      .filter({ hasText: /^Swap of .*: Done/ })
      .count(),
  ).toBe(1);

  await page.screenshot({ path: join(import.meta.dirname, '../../out/studio-swap.png') });

  // The choices are still there.
  await studio.pick('targetImage', 'Hana');
  await page.getByText('Watermark').click();
  await studio.submit();
  await card('PROCESSING').waitFor();
  await page.locator('.card[data-status=SUCCEEDED]').nth(1).waitFor();
  expect(studio.complaints).toEqual([]);
});

test('the result can be compared by keyboard, downloaded, and copied as a link', async () => {
  const gateway = await startStudioGateway({ faults: { successAtOnce: 1, generationMs: [0, 0] } });
  const studio = await openStudio(gateway.url);
  await studio.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const clipboard = () => studio.page.evaluate(() => navigator.clipboard.readText());
  await pickSamples(studio);
  await studio.submit();
  const card = studio.result('SUCCEEDED');

  await card.getByRole('radio', { name: 'Slider' }).check();
  const divider = card.getByRole('slider', { name: 'Divider between before and after' });
  await divider.focus();
  await studio.page.keyboard.press('Home');
  expect(await divider.getAttribute('aria-valuetext')).toBe('0 % before, 100 % after');

  await card.getByRole('button', { name: 'Copy link to the picture' }).click();
  const link = await clipboard();
  expect((await fetch(link)).headers.get('content-type')).toBe('image/jpeg');

  const download = studio.page.waitForEvent('download');
  await card.getByRole('link', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toMatch(/^swap-.*\.jpg$/);
  expect(studio.complaints).toEqual([]);
});

test('everything works without a pointer', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url);
  const { page, slot } = studio;
  const { keyboard } = page;
  const tabTo = async (selector: string): Promise<void> => {
    while ((await page.locator(`${selector}:focus`).count()) === 0) await keyboard.press('Tab');
  };
  await slot('initImage').locator('.sample').first().waitFor();
  await tabTo('[data-slot=initImage] .sample input');
  await keyboard.press('ArrowRight');
  await slot('initImage').getByAltText('Picture: Dora and Gustav').waitFor();
  await tabTo('[data-slot=targetImage] .sample input');
  await keyboard.press('ArrowRight');
  await slot('targetImage').getByAltText('New face: Gustav').waitFor();
  await tabTo('[data-slot=targetImage] input[type=url]');
  await keyboard.type('https://images.example.com/face.jpg');
  await tabTo('button[type=submit]');
  await keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.locator('.card').count()).toBe(0);
  // The focus is back, so that Enter asks again.
  await keyboard.press('Enter');
  await dialog.waitFor();
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await page.locator('.card').waitFor();
});

test('every missing picture is named, and the first gets the focus', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url);
  for (const name of ['initImage', 'targetImage'] as const)
    await studio.slot(name).getByRole('button', { name: 'remove' }).click();
  await studio.submit();
  await studio.slot('initImage').getByRole('alert').getByText('Choose the picture').waitFor();
  await studio.slot('targetImage').getByRole('alert').getByText('Choose the new face').waitFor();
  const focused = await studio.page.evaluate(
    () => document.activeElement?.closest<HTMLElement>('[data-slot]')?.dataset['slot'],
  );
  expect(focused).toBe('initImage');
});

test('an error about a link appears at its slot', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url);
  await pickSamples(studio);
  await studio.slot('targetImage').getByRole('button', { name: 'remove' }).click();
  await studio.link('targetImage', 'http://10.0.0.1/face.jpg');
  await studio.submit();
  await studio.agree();
  await studio.slot('targetImage').getByRole('alert').getByText('must start with https://').waitFor();
  expect(await studio.page.locator('.card').count()).toBe(0);
});
