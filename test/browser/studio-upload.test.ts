import { expect, test } from 'vitest';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { openStudio, type SlotName, type StudioPage, startStudioGateway } from '../../testing/studio.js';

const choose = (studio: StudioPage, name: SlotName, fileName: string, buffer: Buffer): Promise<void> =>
  studio
    .slot(name)
    .locator('input[type=file]')
    .setInputFiles({ name: fileName, mimeType: 'image/jpeg', buffer });

test('chosen, dropped and pasted files are swapped', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url);
  const { page, slot } = studio;
  await choose(studio, 'initImage', 'ada.jpg', samplePicture('ada'));
  await give(studio, '[data-slot=targetImage] .tile', 'drop', samplePicture('bruno'));
  await slot('targetImage').getByText('picture.jpg').waitFor();
  await give(studio, 'body', 'paste', samplePicture('chen'));
  await slot('initImage').getByText('picture.jpg').waitFor();
  await studio.openWhich();
  await choose(studio, 'referenceImage', 'chen.jpg', samplePicture('chen'));
  await slot('referenceImage').getByText('chen.jpg').waitFor();
  await page.getByRole('button', { name: 'Same as picture' }).click();
  await page.getByText('The face in the picture').first().waitFor();
  await expect.poll(() => page.getByText(/Uploading|Checking/).count()).toBe(0);
  await studio.submit();
  await studio.agree();
  await studio.result('SUCCEEDED').waitFor();
  expect(gateway.sandbox.submissions()).toHaveLength(1);
  expect(studio.complaints).toEqual([]);
});

test.each([
  ['a file that is not a picture', async () => Buffer.from('<svg/>'), 'JPEG, PNG, WebP, HEIC or AVIF'],
  ['a truncated picture', async () => samplePicture('ada').subarray(0, 9000), 'damaged or incomplete'],
  ['a picture of 100 megapixels', () => plainPicture(10_000, 10_000), 'at most 50 megapixels'],
  ['a file of 11 MB', async () => Buffer.alloc(11 * 1024 * 1024), 'at most 10 MB'],
])('%s is rejected with a message at its slot, and another can be chosen', async (_what, make, words) => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url);
  await choose(studio, 'initImage', 'photo.jpg', await make());
  await studio.slot('initImage').getByRole('alert').getByText(words).waitFor();
  await choose(studio, 'initImage', 'ada.jpg', samplePicture('ada'));
  await studio.slot('initImage').getByAltText('Picture: ada.jpg').waitFor();
  expect(await studio.slot('initImage').getByRole('alert').count()).toBe(0);
});

test('if ModelsLab could not fetch files, the Studio says so and accepts only links', async () => {
  const gateway = await startStudioGateway(
    {},
    { MODELSLAB_API_KEY: 'a-key', MODELSLAB_BASE_URL: 'http://127.0.0.1:9', MODELSLAB_IMAGES: 'url' },
  );
  const studio = await openStudio(gateway.url);
  await studio.page.getByText('ModelsLab cannot fetch files from this gateway').waitFor();
  for (const setting of ['MODELSLAB_IMAGES', 'PUBLIC_URL'])
    await studio.page.locator('.notice').getByText(setting).waitFor();
  expect(await studio.page.locator('input[type=file], .sample').count()).toBe(0);
  await studio.link('initImage', 'https://images.example.com/nowhere.jpg');
  await studio.slot('initImage').getByText('No preview: this link does not load here.').waitFor();
});

/** Drops or pastes a file. */
async function give(
  { page }: StudioPage,
  selector: string,
  type: 'drop' | 'paste',
  bytes: Buffer,
): Promise<void> {
  await page.evaluate(
    ([target = '', kind, base64 = '']) => {
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([content], 'picture.jpg', { type: 'image/jpeg' }));
      const event =
        kind === 'drop'
          ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector(target)?.dispatchEvent(event);
    },
    [selector, type, bytes.toString('base64')],
  );
}
