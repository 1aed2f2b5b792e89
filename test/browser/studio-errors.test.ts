import { expect, test } from 'vitest';
import { keysFor } from '../../testing/gateway-keys.js';
import { openStudio, startStudioGateway } from '../../testing/studio.js';

/** The red of the light color scheme. */
const red = 'rgb(168, 40, 31)';

test.each([1440, 360])(
  'at %i pixels, all problems show at once, red, each at its tile, with a remedy',
  async (width) => {
    const gateway = await startStudioGateway();
    const studio = await openStudio(gateway.url, { width });
    for (const name of ['initImage', 'targetImage'] as const)
      await studio.slot(name).getByRole('button', { name: 'remove' }).click();
    await studio.link('referenceImage', ' x');
    await studio.slot('referenceImage').locator('input[type=url]').fill('');
    await studio.submit();
    for (const name of ['initImage', 'targetImage', 'referenceImage'] as const) {
      const problem = studio.slot(name).getByRole('alert');
      await problem.waitFor();
      expect(await problem.evaluate((element) => getComputedStyle(element).color)).toBe(red);
      expect(await problem.textContent()).toMatch(/^Choose /);
      expect(await studio.slot(name).locator('input[type=url]').getAttribute('aria-describedby')).toContain(
        await problem.getAttribute('id'),
      );
    }
    // Each disappears with its cause, the others stay.
    await studio.pick('initImage', 'Hana');
    await studio.slot('initImage').getByRole('alert').waitFor({ state: 'detached' });
    expect(await studio.page.getByRole('alert').count()).toBe(2);
  },
);

test.each([1440, 360])(
  'at %i pixels, what the gateway rejects shows at the tiles, all at once',
  async (width) => {
    const gateway = await startStudioGateway();
    const studio = await openStudio(gateway.url, { width });
    await studio.link('initImage', 'http://10.0.0.1/a.jpg');
    await studio.link('targetImage', 'http://10.0.0.1/b.jpg');
    await studio.submit();
    await studio.agree();
    for (const name of ['initImage', 'targetImage'] as const)
      await studio.slot(name).getByRole('alert').getByText('must start with https://').waitFor();
  },
);

test.each([1440, 360])('at %i pixels, a wrong key is red, at its field', async (width) => {
  const gateway = await startStudioGateway({}, { GATEWAY_API_KEYS: keysFor('ada') });
  const { page } = await openStudio(gateway.url, { width });
  const field = page.getByLabel('API key or token');
  await field.fill('wrong');
  await page.keyboard.press('Enter');
  const problem = page.getByRole('alert');
  await problem.getByText('The gateway rejected this key.').waitFor();
  expect(await problem.evaluate((element) => getComputedStyle(element).color)).toBe(red);
  expect(await field.evaluate((element) => getComputedStyle(element).borderColor)).toBe(red);
  expect(await field.getAttribute('aria-describedby')).toBe(await problem.getAttribute('id'));
});
