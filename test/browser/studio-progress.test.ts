import { expect, test } from 'vitest';
import { plainPicture } from '../../testing/pictures.js';
import { openStudio, startStudioGateway } from '../../testing/studio.js';

test.each([1440, 360])(
  'at %i pixels, a waiting swap shows its place and, once known, the remaining time',
  async (width) => {
    const gateway = await startStudioGateway({ queueLimit: 1, faults: { generationMs: [1000, 1000] } });
    const studio = await openStudio(gateway.url, { width });
    const { page } = studio;
    await studio.submit();
    await studio.result('PROCESSING').waitFor();
    expect(await page.title()).toBe('Processing… · Face Swap Studio');
    await studio.result('SUCCEEDED').waitFor();
    expect(await page.title()).toBe('✓ Done · Face Swap Studio');
    // These neither end nor move up while the test looks.
    gateway.sandbox.setFaults({ generationMs: [60_000, 60_000] });
    for (const face of ['Hana', 'Gustav', 'Dora']) {
      await studio.pick('targetImage', face);
      await studio.submit();
    }
    // Learned from the first swap.
    await studio
      .result('QUEUED')
      .getByText(/Number 2 in line · About \d+ s left/)
      .waitFor();
    await studio.card('PROCESSING').click();
    await studio
      .result('PROCESSING')
      .getByText(/About \d+ s left|Any moment now/)
      .waitFor();
  },
);

test.each([1440, 360])('at %i pixels, an upload shows its percentage and can be stopped', async (width) => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url, { width });
  const { page } = studio;
  await studio
    .slot('targetImage')
    .getByAltText(/New face/)
    .waitFor();
  const network = await studio.context.newCDPSession(page);
  await network.send('Network.enable');
  const throttle = (uploadThroughput: number) =>
    network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await throttle(60_000);
  const slot = studio.slot('initImage');
  const file = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: await noisyPicture() };
  await slot.locator('input[type=file]').setInputFiles(file);
  await slot.getByText(/Uploading… [1-9]\d? %/).waitFor();
  await slot.getByRole('button', { name: 'stop the upload' }).click();
  await slot.getByText(/Uploading/).waitFor({ state: 'detached' });
  await throttle(-1);
  await slot.locator('input[type=file]').setInputFiles(file);
  await slot.getByAltText('Picture: photo.jpg').waitFor();
  await slot.getByText(/Uploading|Checking/).waitFor({ state: 'detached' });
  expect(await slot.getByRole('alert').count()).toBe(0);
});

test.each([1440, 360])(
  'at %i pixels, when the connection is lost, one banner stays in view and progress stands still',
  async (width) => {
    const gateway = await startStudioGateway({ faults: { generationMs: [30_000, 30_000] } });
    const studio = await openStudio(gateway.url, { width });
    const { page } = studio;
    await studio
      .slot('targetImage')
      .getByAltText(/New face/)
      .waitFor();
    await studio.submit();
    await studio.result('PROCESSING').waitFor();
    await gateway.gateway.close();
    const banner = page.getByText('Connection lost. Reconnecting…');
    await banner.waitFor();
    expect(await banner.count()).toBe(1);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await expect.poll(async () => (await banner.boundingBox())?.y ?? -1).toBeGreaterThanOrEqual(0);
    const bar = page.getByRole('progressbar');
    expect(await bar.getAttribute('aria-valuetext')).toContain('unknown until the connection is back');
    const elapsed = page.getByText(/so far/);
    const before = await elapsed.textContent();
    await page.waitForTimeout(1500);
    expect(await elapsed.textContent()).toBe(before);
  },
);

test('the user may be notified of the end while the page is in the background', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [2000, 2000] } });
  const studio = await openStudio('about:blank');
  const { page } = studio;
  await page.addInitScript(() => {
    const told: string[] = [];
    class FakeNotification {
      static permission = 'default';
      static requestPermission = async () => 'granted';
      constructor(title: string) {
        told.push(title);
      }
    }
    Object.assign(window, { Notification: FakeNotification, told });
  });
  await page.goto(gateway.url);
  await studio
    .slot('targetImage')
    .getByAltText(/New face/)
    .waitFor();
  await studio.submit();
  await page.getByRole('button', { name: 'Notify me when it is done' }).click();
  await page.getByText('You will be notified').waitFor();
  await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true }));
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { told: string[] }).told))
    .toEqual([expect.stringMatching(/^Swap of .*: Done\.$/)]);
});

/** A picture of about 1 MB. */
async function noisyPicture(): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
  const picture = await sharp({ create: { width: 900, height: 900, channels: 3, background: '#888', noise } })
    .jpeg({ quality: 95 })
    .toBuffer();
  expect(picture.length).toBeGreaterThan((await plainPicture(10, 10)).length);
  return picture;
}

test.each([1440, 360])('at %i pixels, the header says why the queue is paused', async (width) => {
  const gateway = await startStudioGateway();
  gateway.sandbox.setAccount({ balance: 0, price: 1 });
  const studio = await openStudio(gateway.url, { width });
  await studio.submit();
  await studio.page.getByText('Paused: no credits at ModelsLab').waitFor();
  await studio.result('QUEUED').waitFor();
});
