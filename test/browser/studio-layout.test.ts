import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openStudio, startStudioGateway } from '../../testing/studio.js';

const scrollTop = (page: Page): Promise<number> => page.evaluate(() => scrollY);
const boxOf = async (element: Locator) => {
  const box = await element.boundingBox();
  if (!box) throw new Error('the element is not visible');
  return box;
};

test('at 1440 by 900, everything from choosing to the result is on one screen, and the result is the largest part', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [300, 300] } });
  const studio = await openStudio(gateway.url);
  const { page } = studio;
  await page.locator('.sample').first().waitFor();
  const button = await boxOf(page.getByRole('button', { name: 'Swap faces' }));
  expect(button.y + button.height).toBeLessThanOrEqual(900);
  expect((await boxOf(page.locator('.compose'))).width).toBeLessThanOrEqual(420);
  await studio.submit();
  await studio.result('SUCCEEDED').waitFor();
  await page.getByAltText('After the swap').waitFor();
  expect(await scrollTop(page)).toBe(0);
  const picture = await boxOf(page.locator('.frame'));
  expect(picture.width).toBeGreaterThan(900);
  expect(picture.y + picture.height).toBeLessThanOrEqual(900);
  const actions = await boxOf(page.getByRole('link', { name: 'Download' }));
  expect(actions.y + actions.height).toBeLessThanOrEqual(900);
  expect((await boxOf(page.locator('.history'))).y).toBeGreaterThan(picture.y + picture.height);
});

test('at 2560 by 1440, the picture uses the room', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [300, 300] } });
  const studio = await openStudio(gateway.url, { width: 2560, height: 1440 });
  await studio.page.locator('.sample').first().waitFor();
  await studio.submit();
  await studio.result('SUCCEEDED').waitFor();
  const { width, height } = await boxOf(studio.page.locator('.frame'));
  expect(width * height).toBeGreaterThan(0.4 * 2560 * 1440);
});

test('on a phone, the button is always in reach, and the result scrolls into view', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [300, 300] } });
  const studio = await openStudio(gateway.url, { width: 360, height: 740, hasTouch: true });
  const { page } = studio;
  await page.locator('.sample').first().waitFor();
  const button = page.getByRole('button', { name: 'Swap faces' });
  expect((await boxOf(button)).y).toBeLessThan(740 - 44);
  await button.tap();
  await studio.result('SUCCEEDED').waitFor();
  const frame = page.locator('.frame');
  await expect
    .poll(async () => {
      const { y, height } = await boxOf(frame);
      return y >= 0 && y + height <= 740;
    })
    .toBe(true);
});

test('on a phone, targets measure at least 44 pixels', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url, { width: 360, height: 740, hasTouch: true });
  const { page } = studio;
  await page.locator('.sample').first().waitFor();
  await page.getByText('Take a photo or choose').count();
  await studio.submit();
  await studio.result('SUCCEEDED').waitFor();
  await studio.openWhich();
  const small = await page.evaluate(() => {
    // Links in the middle of a line are exempt, as in WCAG; a label is the target of the field inside of it.
    const targets = document.querySelectorAll<HTMLElement>(
      'button, .button, select, label.sample, label.segment, label.switch, label.link-field, .nav a, .card',
    );
    return [...targets]
      .filter((target) => target.checkVisibility())
      .map((target) => ({ target, box: target.getBoundingClientRect() }))
      .filter(({ box }) => Math.min(box.width, box.height) < 43.5)
      .map(({ target, box }) => `${target.className} ${target.textContent} ${box.width}x${box.height}`);
  });
  expect(small).toEqual([]);
});

test('a phone is asked for a photo', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url, { width: 360, hasTouch: true });
  const slot = studio.slot('targetImage');
  await slot.getByRole('button', { name: 'remove' }).tap();
  await slot.getByText('Take a photo or choose').waitFor();
  expect(await slot.locator('input[type=file]').getAttribute('accept')).toBe('image/*');
});

test.each([1440, 360])('at %i pixels, one action after loading shows a swapped picture', async (width) => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url, { width });
  await studio.slot('targetImage').getByAltText('New face: Farah').waitFor();
  await studio.submit();
  await studio.result('SUCCEEDED').getByAltText('After the swap').waitFor();
  expect(studio.complaints).toEqual([]);
});

test('by keyboard only, the swapped picture and its code are a few keys away', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url);
  const { page } = studio;
  await studio.slot('targetImage').getByAltText('New face: Farah').waitFor();
  const submit = page.locator('button[type=submit]:focus');
  while ((await submit.count()) === 0) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await studio.result('SUCCEEDED').waitFor();
  const tab = page.locator('.result-head input:focus');
  while ((await tab.count()) === 0) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: 'Copy code' }).waitFor();
});

test.each([1440, 360])(
  'at %i pixels, loading shifts nothing, and thumbnails are small files',
  async (width) => {
    const gateway = await startStudioGateway();
    const studio = await openStudio('about:blank', { width });
    const { page } = studio;
    const sizes = new Map<string, number>();
    page.on('response', async (response) => {
      const body = await response.body().catch(() => undefined);
      sizes.set(new URL(response.url()).pathname, body?.length ?? 0);
    });
    await page.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const network = await studio.context.newCDPSession(page);
    await network.send('Network.enable');
    await network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 150,
      downloadThroughput: 200_000,
      uploadThroughput: 100_000,
    });
    await page.goto(gateway.url);
    await studio.slot('targetImage').getByAltText('New face: Farah').waitFor();
    await page.getByText('No swaps yet').waitFor();
    await page.waitForLoadState('networkidle');
    const shifted = await page.evaluate(() =>
      (window as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0),
    );
    expect(shifted).toBeLessThan(0.02);
    const thumbnails = [...sizes].filter(([path]) => path.endsWith('-small.jpg'));
    expect(thumbnails).toHaveLength(10);
    expect(thumbnails.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(30_000);
  },
);

test('samples are radio groups: one tab stop each', async () => {
  const gateway = await startStudioGateway();
  const studio = await openStudio(gateway.url);
  await studio.openWhich();
  await studio.page.locator('.sample').first().waitFor();
  expect(await studio.page.getByRole('radiogroup', { name: /^Samples for/ }).count()).toBe(3);
  await studio.page.locator('.home').focus();
  const focused: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    await studio.page.keyboard.press('Tab');
    const name = await studio.page.evaluate(
      () => (document.activeElement as HTMLInputElement | null)?.name ?? '',
    );
    if (name.startsWith('sample-')) focused.push(name);
    if (await studio.page.evaluate(() => document.activeElement?.matches('button[type=submit]'))) break;
  }
  expect(focused).toEqual(['sample-initImage', 'sample-targetImage', 'sample-referenceImage']);
});
