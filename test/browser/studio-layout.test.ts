import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.js';
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

test('at 768 by 1024, the parts of the form are evenly spaced', async () => {
  const gateway = await startStudioGateway();
  const { page } = await openStudio(gateway.url, { width: 768, height: 1024 });
  await page.getByText('No swaps yet').waitFor();
  const gaps = await page.evaluate(() => {
    const box = (selector: string) => {
      const found = document.querySelector(selector);
      if (!found) throw new Error(selector);
      return found.getBoundingClientRect();
    };
    const target = '.slot[data-slot=targetImage]';
    return {
      head: box(`${target} .tile`).top - box(`${target} .slot-head`).bottom,
      samples: box(`${target} .samples`).top - box(`${target} .tile`).bottom,
      link: box(`${target} .link-field`).top - box(`${target} .samples`).bottom,
      which: box('.which').top - box(`${target} .link-field`).bottom,
      row: box('.which').height - box('.which-row').height,
    };
  });
  for (const [between, gap] of Object.entries(gaps)) {
    expect(gap, between).toBeGreaterThan(4);
    expect(gap, between).toBeLessThan(30);
  }
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

test.each([320, 360, 412])('at %i pixels, no sample sticks out of the form', async (width) => {
  const gateway = await startStudioGateway();
  const { page, openWhich } = await openStudio(gateway.url, { width, height: 740, hasTouch: true });
  await openWhich();
  await page.locator('[data-slot=referenceImage] .sample').first().waitFor();
  const stickOut = await page.evaluate(
    () =>
      [...document.querySelectorAll('.sample')].filter((sample) => {
        const right = sample.closest('.slot')?.getBoundingClientRect().right ?? 0;
        return sample.getBoundingClientRect().right > right + 0.5;
      }).length,
  );
  expect(stickOut).toBe(0);
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

test('by keyboard only, three keys after loading show a swapped picture, and two actions more copy code that runs', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url);
  const { page } = studio;
  await studio.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  for (const key of ['Tab', 'Enter', 'Enter']) await page.keyboard.press(key);
  await studio.result('SUCCEEDED').getByAltText('After the swap').waitFor();
  await tabTo(page, '.result-head input');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: 'Copy code' }).waitFor();
  await tabTo(page, 'button:has-text("Copy code")');
  await page.keyboard.press('Enter');
  await page.getByText('Copied.').first().waitFor();
  await runCopied(page, gateway.sandbox);
});

test('by touch only, one tap after loading shows a swapped picture, and two more copy code that runs', async () => {
  const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
  const studio = await openStudio(gateway.url, { width: 360, height: 740, hasTouch: true });
  const { page } = studio;
  await studio.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Swap faces' }).tap();
  await studio.result('SUCCEEDED').getByAltText('After the swap').waitFor();
  await page.getByRole('radio', { name: 'Code' }).tap();
  await page.getByRole('button', { name: 'Copy code' }).tap();
  await page.getByText('Copied.').first().waitFor();
  await runCopied(page, gateway.sandbox);
});

/** Moves the focus by Tab, at most as far as the page has stops. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await page.locator(selector).and(page.locator(':focus')).count()) > 0) return;
  }
  throw new Error(`${selector} cannot be reached`);
}

/** Runs the copied program in a shell: it requests another swap. */
async function runCopied(page: Page, { submissions }: Pick<Sandbox, 'submissions'>): Promise<void> {
  const code = await page.evaluate(() => navigator.clipboard.readText());
  const before = submissions().length;
  const { stdout } = await promisify(execFile)('bash', ['-c', code], {
    env: { ...process.env, GATEWAY_API_KEY: 'none' },
  });
  expect(stdout).toContain('"singleFaceSwap"');
  await expect.poll(() => submissions().length).toBe(before + 1);
}

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
