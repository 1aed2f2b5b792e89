import { expect, test } from 'vitest';
import { openStudio, openTab, pickSamples, startStudioGateway } from '../../testing/studio.js';

test('a failed swap says why and can be retried', async () => {
  const gateway = await startStudioGateway({ faults: { generationFailed: 1, generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url);
  await pickSamples(studio);
  await studio.submit();
  const failed = studio.result('FAILED');
  await failed.getByText('UPSTREAM_BUSY').waitFor();
  gateway.sandbox.setFaults({ generationFailed: 0 });
  await failed.getByRole('button', { name: 'Try again' }).click();
  await studio.result('SUCCEEDED').waitFor();
});

test('a failure caused by the input offers no retry', async () => {
  const gateway = await startStudioGateway({ faults: { noFace: 1, generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url);
  await pickSamples(studio);
  await studio.submit();
  await studio.result('FAILED').getByText('NO_FACE_FOUND').waitFor();
  expect(await studio.page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
});

test('a queued swap shows its position and can be canceled', async () => {
  const gateway = await startStudioGateway({ queueLimit: 1, faults: { generationMs: [8000, 8000] } });
  const studio = await openStudio(gateway.url);
  await pickSamples(studio);
  await studio.submit();
  await studio.card('PROCESSING').waitFor();
  await studio.pick('targetImage', 'Hana');
  await studio.submit();
  const queued = studio.result('QUEUED');
  await queued.getByText('Next in line').waitFor();
  await studio.page.getByText('1 waiting').waitFor();
  await queued.getByRole('button', { name: 'Cancel' }).click();
  await studio.result('CANCELED').getByText('Nothing was charged.').waitFor();
  expect(gateway.sandbox.submissions()).toHaveLength(1);
});

test('two clicks are one swap', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [500, 500] } });
  const studio = await openStudio(gateway.url);
  await pickSamples(studio);
  await studio.submit();
  await studio.submit();
  await studio.card('SUCCEEDED').waitFor();
  expect(gateway.sandbox.submissions()).toHaveLength(1);
  // Once it has finished, the same pictures make a new one.
  await studio.submit();
  await expect.poll(() => gateway.sandbox.submissions().length).toBe(2);
});

test('a reload during a swap loses nothing', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [2500, 2500] } });
  const studio = await openStudio(gateway.url);
  await pickSamples(studio);
  await studio.submit();
  await studio.card('PROCESSING').waitFor();
  await studio.page.reload();
  await studio.result('PROCESSING').getByRole('progressbar').waitFor();
  await studio.result('SUCCEEDED').getByAltText('After the swap').waitFor();
});

test('a swap in one tab appears in the other, and finishes in both', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [2500, 2500] } });
  const one = await openStudio(gateway.url);
  const other = await openTab(one.context, gateway.url);
  await other.page.getByText('No swaps yet').waitFor();
  await pickSamples(one);
  await one.submit();
  await other.card('PROCESSING').waitFor();
  await Promise.all([one.card('SUCCEEDED').waitFor(), other.card('SUCCEEDED').waitFor()]);
});

test('the list grows while scrolling', async () => {
  const gateway = await startStudioGateway({
    render: false,
    faults: { successAtOnce: 1, generationMs: [0, 0] },
  });
  const send = `mutation ($n: SafeInt!) { singleFaceSwap(input: { initImage: "${gateway.url}/samples/ada.jpg"
    targetImage: "${gateway.url}/samples/ada.jpg" referenceImage: "${gateway.url}/samples/ada.jpg" trackId: $n }) { id } }`;
  for (let n = 0; n < 30; n++) expect((await gateway.graphql(send, { n })).errors).toBeUndefined();
  const studio = await openStudio(gateway.url);
  const cards = studio.page.locator('.card');
  await cards.first().waitFor();
  expect(await cards.count()).toBeLessThan(30);
  await expect
    .poll(async () => {
      await studio.page.mouse.wheel(0, 3000);
      return cards.count();
    })
    .toBe(30);
  // Polling the newest does not shorten it again.
  await studio.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await studio.page.waitForTimeout(1000);
  expect(await cards.count()).toBe(30);
  expect(await studio.page.getByRole('button', { name: 'Show older swaps' }).count()).toBe(0);
});
