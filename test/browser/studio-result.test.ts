import { expect, test } from 'vitest';
import type { SandboxOptions } from '../../sandbox/sandbox.js';
import { keysFor } from '../../testing/gateway-keys.js';
import { openStudio, openTab, type StudioPage, startStudioGateway } from '../../testing/studio.js';

const fast: SandboxOptions = { faults: { generationMs: [100, 100] } };

async function swap(studio: StudioPage): Promise<string> {
  await studio
    .slot('targetImage')
    .getByAltText(/New face/)
    .waitFor();
  await studio.submit();
  await studio.result('SUCCEEDED').getByAltText('After the swap').waitFor();
  return new URL(studio.page.url()).pathname.replace('/swaps/', '');
}

const clipOf = (studio: StudioPage) =>
  studio.page.getByAltText('After the swap').evaluate((picture) => getComputedStyle(picture).clipPath);

test.each([1440, 360])(
  'at %i pixels, the result starts at “after” and can be compared in every way',
  async (width) => {
    const gateway = await startStudioGateway(fast);
    const studio = await openStudio(gateway.url, { width, reducedMotion: 'reduce' });
    const { page } = studio;
    await swap(studio);
    expect(await clipOf(studio)).toMatch(/inset\(0(px|%)? 0(px|%)? 0(px|%)? 0(px|%)?\)|inset\(0px\)/);

    await page.getByRole('radio', { name: 'Before' }).check();
    expect(await clipOf(studio)).toContain('100%');
    await page.getByRole('radio', { name: 'Slider' }).check();
    expect(await clipOf(studio)).toContain('50%');

    // Only the grip moves the divider: a click elsewhere on the picture does nothing.
    const frame = await page.locator('.frame').boundingBox();
    const grip = await page.locator('.divider-grip').boundingBox();
    if (!frame || !grip) throw new Error('not visible');
    await page.mouse.click(frame.x + frame.width * 0.2, frame.y + frame.height * 0.3);
    expect(await clipOf(studio)).toContain('50%');
    await page.mouse.move(grip.x + 22, grip.y + 22);
    await page.mouse.down();
    await page.mouse.move(frame.x + frame.width * 0.2, grip.y + 22, { steps: 4 });
    await page.mouse.up();
    const percent = Number(await page.getByRole('slider', { name: /Divider/ }).inputValue());
    expect(percent).toBeGreaterThan(15);
    expect(percent).toBeLessThan(25);

    await page.getByRole('radio', { name: 'Side by side' }).check();
    const [one, other] = await Promise.all(
      ['Before the swap', 'After the swap'].map((alt) => page.getByAltText(alt).boundingBox()),
    );
    expect(one && other && one.x + one.width <= other.x + 1).toBe(true);

    await page.getByRole('radio', { name: 'After' }).check();
    const hold = page.getByRole('button', { name: 'Hold to see before' });
    await hold.scrollIntoViewIfNeeded();
    await hold.hover();
    await page.mouse.down();
    expect(await clipOf(studio)).toContain('100%');
    await page.mouse.up();
    expect(await clipOf(studio)).not.toContain('100%');
    await hold.focus();
    await page.keyboard.down('Space');
    expect(await clipOf(studio)).toContain('100%');
    await page.keyboard.up('Space');
    expect(await clipOf(studio)).not.toContain('100%');
  },
);

test('the result reveals itself with one sweep, unless the user prefers less motion', async () => {
  const gateway = await startStudioGateway(fast);
  for (const [reducedMotion, sweeps] of [
    ['no-preference', 1],
    ['reduce', 0],
  ] as const) {
    const studio = await openStudio(gateway.url, { reducedMotion });
    await studio.page.evaluate(() => {
      Object.assign(window, { sweeps: 0 });
      document.addEventListener('animationstart', ({ animationName }) => {
        if (animationName === 'sweep') (window as unknown as { sweeps: number }).sweeps++;
      });
    });
    await swap(studio);
    await studio.page.waitForTimeout(300);
    expect(await studio.page.evaluate(() => (window as unknown as { sweeps: number }).sweeps)).toBe(sweeps);
  }
});

test.each([1440, 360])(
  'at %i pixels, the result can be zoomed, scrolled, and shown on the full screen',
  async (width) => {
    const gateway = await startStudioGateway(fast);
    const studio = await openStudio(gateway.url, { width });
    const { page } = studio;
    await swap(studio);
    const frame = page.locator('.frame');
    const fitted = (await frame.boundingBox())?.width ?? 0;
    await page.getByRole('button', { name: 'Zoom in' }).click();
    expect((await frame.boundingBox())?.width).toBeCloseTo(1.5 * fitted, 0);
    const region = page.getByRole('region', { name: /zoomed in/ });
    await region.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => region.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Zoom out' }).click();
    expect((await frame.boundingBox())?.width).toBeCloseTo(fitted, 0);
    await page.getByRole('button', { name: 'Full screen' }).click();
    await expect.poll(() => page.evaluate(() => document.fullscreenElement?.className)).toBe('viewer');
    await page.getByRole('button', { name: 'Leave full screen' }).click();
    await expect.poll(() => page.evaluate(() => document.fullscreenElement)).toBeNull();
  },
);

test('← and → go through the history, and so do the buttons of the browser', async () => {
  const gateway = await startStudioGateway(fast);
  const studio = await openStudio(gateway.url);
  const { page } = studio;
  const first = await swap(studio);
  await studio.pick('targetImage', 'Hana');
  await studio.submit();
  await expect.poll(() => page.url()).not.toContain(first);
  const second = new URL(page.url()).pathname;
  await page.locator('.card').nth(1).waitFor();
  await page.getByRole('button', { name: 'Older swap' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => page.url()).toContain(first);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => page.url()).toContain(second);
  await page.goBack();
  await expect.poll(() => page.url()).toContain(first);
  // In a field, the keys move the cursor.
  await studio.slot('targetImage').locator('input[type=url]').focus();
  await page.keyboard.press('ArrowLeft');
  expect(page.url()).toContain(first);
});

test.each([1440, 360])('at %i pixels, a swap has a page of its own, for its owner', async (width) => {
  const gateway = await startStudioGateway(fast, { GATEWAY_API_KEYS: keysFor('ada', 'ben') });
  const studio = await openStudio(gateway.url, { width });
  const enter = async ({ page }: StudioPage, key: string): Promise<void> => {
    await page.getByLabel('API key or token').fill(key);
    await page.keyboard.press('Enter');
  };
  await enter(studio, 'ada-key');
  const id = await swap(studio);
  await studio.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await studio.page.getByRole('button', { name: 'Copy link to this page' }).click();
  const link = await studio.page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${gateway.url}/swaps/${id}`);

  const owner = await openTab(studio.context, link);
  await enter(owner, 'ada-key');
  await owner.result('SUCCEEDED').getByAltText('After the swap').waitFor();
  const stranger = await openTab(studio.context, link);
  await enter(stranger, 'ben-key');
  await stranger.page.getByText('There is no such swap.').waitFor();
  await stranger.page.getByRole('button', { name: 'Start a new swap' }).click();
  expect(new URL(stranger.page.url()).pathname).toBe('/');
});

test('the pictures of a swap can be used again, and others tried after a failure', async () => {
  const gateway = await startStudioGateway(fast);
  const studio = await openStudio(gateway.url);
  const { page } = studio;
  await swap(studio);
  await studio.pick('targetImage', 'Hana');
  await page.getByRole('button', { name: 'Use again' }).click();
  await studio.slot('targetImage').getByAltText('New face: Farah').waitFor();
  expect(new URL(page.url()).pathname).toBe('/');
  gateway.sandbox.setFaults({ noFace: 1 });
  await studio.pick('targetImage', 'Gustav');
  await studio.submit();
  await studio.result('FAILED').waitFor();
  await page.getByRole('button', { name: 'Try other pictures' }).click();
  await page.getByText('Press “Swap faces”').waitFor();
});

test.each([1440, 360])('at %i pixels, a swap can be erased', async (width) => {
  const gateway = await startStudioGateway(fast);
  const studio = await openStudio(gateway.url, { width });
  const { page } = studio;
  const id = await swap(studio);
  await page.getByRole('button', { name: 'Erase' }).click();
  await page.getByRole('dialog').getByText('deleted for good').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Erase' }).click();
  await page.getByText('Erased. Its pictures and links are gone.').waitFor();
  await page.getByText('Links: erased').waitFor();
  await page.getByText('No swaps yet').waitFor();
  const { data } = await gateway.graphql(`{ swapResult(id: "${id}") { output erasedAt } }`);
  expect(data).toMatchObject({ swapResult: { output: [], erasedAt: expect.any(String) } });
});

test.each([1440, 360])(
  'at %i pixels, the label of the file and the words for its viewers are shown',
  async (width) => {
    const gateway = await startStudioGateway(fast, { DISCLOSURE_TEXT: 'Made with AI by the tests.' });
    const studio = await openStudio(gateway.url, { width });
    await swap(studio);
    await studio.page.getByText('Labeled as AI-made').waitFor();
    await studio.page.getByText('Made with AI by the tests.').waitFor();
  },
);

test('the file itself is shared where the system can, otherwise its link', async () => {
  const gateway = await startStudioGateway(fast);
  const studio = await openStudio('about:blank');
  const { page } = studio;
  await page.addInitScript(() => {
    Object.assign(navigator, {
      canShare: () => true,
      share: async ({ files }: ShareData) => Object.assign(window, { shared: files?.[0]?.type }),
    });
  });
  await page.goto(gateway.url);
  await swap(studio);
  await page.getByRole('button', { name: 'Share' }).click();
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { shared: string }).shared))
    .toBe('image/jpeg');
});
