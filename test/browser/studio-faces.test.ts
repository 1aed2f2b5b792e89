import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { samplePicture } from '../../testing/pictures.js';
import { openStudio, startStudioGateway } from '../../testing/studio.js';

const nextInput = async (page: Page): Promise<Record<string, string>> => {
  const request = await page.waitForRequest(
    (candidate) => candidate.postData()?.includes('RequestSwap') ?? false,
  );
  return request.postDataJSON().variables.input;
};

test.each([1440, 360])(
  'at %i pixels, two pictures are enough: the picture itself shows which face',
  async (width) => {
    const gateway = await startStudioGateway();
    const studio = await openStudio(gateway.url, { width });
    await studio.pick('initImage', 'Ada, curly');
    await studio.openWhich();
    await studio.page.getByRole('button', { name: 'Same as picture' }).click();
    const input = nextInput(studio.page);
    await studio.submit();
    expect(await input).toMatchObject({
      initImage: `${gateway.url}/samples/ada.jpg`,
      referenceImage: `${gateway.url}/samples/ada.jpg`,
    });
  },
);

test.each([1440, 360])('at %i pixels, a tap on a face of a group chooses it', async (width) => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url, { width, hasTouch: true });
  const { page } = studio;
  const faces = page.getByRole('radiogroup', { name: 'Tap the face to replace' }).getByRole('radio');
  await faces.first().waitFor();
  expect(await faces.count()).toBe(3);
  await page.getByRole('radio', { name: /Replace the face of Erik/ }).tap();
  const input = nextInput(page);
  await studio.submit();
  expect(await input).toMatchObject({ referenceImage: `${gateway.url}/samples/erik.jpg` });
});

test.each([1440, 360])(
  'at %i pixels, the face to replace is cut out of an uploaded picture, by keyboard too, without asking twice',
  async (width) => {
    const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
    const studio = await openStudio(gateway.url, { width });
    const { page } = studio;
    await studio
      .slot('initImage')
      .locator('input[type=file]')
      .setInputFiles({
        name: 'group.jpg',
        mimeType: 'image/jpeg',
        buffer: samplePicture('friends'),
      });
    await page.getByRole('button', { name: 'Crop', exact: true }).click();
    const frame = page.getByLabel('Frame of the face');
    const before = await frame.boundingBox();
    await frame.focus();
    await page.keyboard.press('ArrowRight');
    expect((await frame.boundingBox())?.x).toBeGreaterThan(before?.x ?? 0);
    await page.getByRole('button', { name: 'Use this face' }).click();
    await page.locator('.which').getByText('face.jpg').waitFor();
    // The open slot shows the progress of the upload.
    await studio.openWhich();
    await studio.slot('referenceImage').getByAltText('Face to replace: face.jpg').waitFor();
    await expect.poll(() => page.getByText(/Uploading|Checking/).count()).toBe(0);
    const size = await studio
      .slot('referenceImage')
      .locator('.tile-picture')
      .evaluate((picture: HTMLImageElement) => [picture.naturalWidth, picture.naturalHeight]);
    expect(size).toEqual([256, 256]);
    await studio.submit();
    await studio.agree();
    await studio.result('SUCCEEDED').waitFor();
    // Another crop of the same picture shows the same people.
    await page.getByRole('button', { name: 'Crop', exact: true }).click();
    await page.getByRole('button', { name: 'Use this face' }).click();
    // It closes once the upload of the new crop has begun.
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await studio.slot('referenceImage').getByText('face.jpg').waitFor();
    await expect.poll(() => page.getByText(/Uploading|Checking/).count()).toBe(0);
    await studio.submit();
    await expect.poll(() => gateway.sandbox.submissions().length).toBe(2);
  },
);

test('words say which picture provides what', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url);
  await studio.slot('initImage').getByText('Stays as it is, except for one face').waitFor();
  await studio.slot('targetImage').getByText('Goes into the picture').waitFor();
  await studio.page.locator('.which').getByText('Chen, round glasses').waitFor();
});
