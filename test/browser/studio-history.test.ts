import { expect, test } from 'vitest';
import { openStudio, startStudioGateway } from '../../testing/studio.js';

test.each([1440, 360])('at %i pixels, the history is filtered by state and date', async (width) => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url, { width });
  const { page } = studio;
  const cards = page.locator('.card');
  await studio
    .slot('targetImage')
    .getByAltText(/New face/)
    .waitFor();
  await studio.submit();
  await studio.card('SUCCEEDED').waitFor();
  gateway.sandbox.setFaults({ noFace: 1 });
  await studio.pick('targetImage', 'Hana');
  await studio.submit();
  await studio.card('FAILED').waitFor();
  expect(await cards.count()).toBe(2);
  const state = page.getByLabel('State');
  await state.selectOption('Done');
  await expect
    .poll(() => cards.evaluateAll((all) => all.map((card) => (card as HTMLElement).dataset['status'])))
    .toEqual(['SUCCEEDED']);
  await state.selectOption('Without a result');
  await expect
    .poll(() => cards.evaluateAll((all) => all.map((card) => (card as HTMLElement).dataset['status'])))
    .toEqual(['FAILED']);
  await state.selectOption('In progress');
  await page.getByText('No swap matches.').waitFor();
  await state.selectOption('All states');
  const requested = page.waitForRequest((request) => request.postData()?.includes('"createdAfter"') ?? false);
  await page.getByLabel('Since').selectOption('Today');
  const midnight = new Date((await requested).postDataJSON().variables.createdAfter);
  expect([midnight.getHours(), midnight.getMinutes()]).toEqual([0, 0]);
  await expect.poll(() => cards.count()).toBe(2);
});

test.each([1440, 360])('at %i pixels, several swaps are selected and erased', async (width) => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url, { width });
  const { page } = studio;
  await studio
    .slot('targetImage')
    .getByAltText(/New face/)
    .waitFor();
  for (const face of ['Farah', 'Hana', 'Gustav']) {
    await studio.pick('targetImage', face);
    await studio.submit();
    await studio.result('SUCCEEDED').waitFor();
  }
  await expect.poll(() => page.locator('.card[data-status=SUCCEEDED]').count()).toBe(3);
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await page.getByRole('checkbox', { name: /Done/ }).nth(0).check();
  await page.getByRole('checkbox', { name: /Done/ }).nth(2).check();
  await page.getByText('2 swaps selected').waitFor();
  await page.getByRole('button', { name: 'Erase selected' }).click();
  await page.getByRole('dialog').getByText('Erase 2 swaps?').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Erase' }).click();
  await expect.poll(() => page.locator('.card').count()).toBe(1);
  const { data } = await gateway.graphql('{ swaps { nodes { erasedAt } } }');
  const { swaps } = data as { swaps: { nodes: { erasedAt: string | null }[] } };
  expect(swaps.nodes.filter(({ erasedAt }) => erasedAt === null)).toHaveLength(1);
});
