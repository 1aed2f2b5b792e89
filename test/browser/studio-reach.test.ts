import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openStudio, startStudioGateway } from '../../testing/studio.js';

const fast = { faults: { generationMs: [100, 100] as [number, number] } };

test.each([1440, 360])(
  'at %i pixels, the focus returns to the button after the consent dialog',
  async (width) => {
    const gateway = await startStudioGateway(fast);
    const studio = await openStudio(gateway.url, { width });
    const { page } = studio;
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await studio.link('targetImage', 'https://images.example.com/face.jpg');
    for (const answer of ['Not now', 'They agreed, continue']) {
      await page.locator('button[type=submit]').focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: answer }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await expect.poll(focused).toBe('Swap faces');
    }
    await page.locator('.result[data-status]').waitFor();
    expect(await focused()).toBe('Swap faces');
  },
);

test('at 320 pixels, nothing needs scrolling in two directions', async () => {
  const gateway = await startStudioGateway(fast);
  const studio = await openStudio(gateway.url, { width: 320 });
  const { page } = studio;
  await page.locator('.sample').first().waitFor();
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await width()).toBe(320);
  await studio.openWhich();
  expect(await width()).toBe(320);
  await studio.submit();
  await studio.result('SUCCEEDED').waitFor();
  expect(await width()).toBe(320);
  await page.getByRole('radio', { name: 'Code' }).check();
  await page.locator('.snippet').waitFor();
  expect(await width()).toBe(320);
});

test.each([1440, 360])(
  'at %i pixels, text of twice the size is neither clipped nor overlapped',
  async (width) => {
    const gateway = await startStudioGateway(fast);
    const studio = await openStudio(gateway.url, { width });
    const { page } = studio;
    await page.locator('.sample').first().waitFor();
    const before = await page
      .locator('h3')
      .first()
      .evaluate((title) => getComputedStyle(title).fontSize);
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '187.5%';
    });
    expect(
      await page
        .locator('h3')
        .first()
        .evaluate((title) => getComputedStyle(title).fontSize),
    ).toBe(`${2 * Number.parseFloat(before)}px`);
    await studio.submit();
    await studio.result('SUCCEEDED').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const clipped = await page.evaluate(() =>
      [
        ...document.querySelectorAll<HTMLElement>(
          'button, .button, .segment, .nav a, h2, h3, .provenance, .state-line',
        ),
      ]
        .filter((element) => element.checkVisibility() && !element.matches('.visually-hidden'))
        .filter(
          ({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
            scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1,
        )
        .map((element) => `${element.className} ${element.textContent}`),
    );
    expect(clipped).toEqual([]);
  },
);

test.each([1440, 360])(
  'at %i pixels, with forced colors the switch and the chosen segment are visible',
  async (width) => {
    const gateway = await startStudioGateway(fast);
    const studio = await openStudio(gateway.url, { width, forcedColors: 'active' });
    const { page } = studio;
    await page.locator('.sample').first().waitFor();
    const colors = () =>
      page.evaluate(() => {
        const style = (selector: string, pseudo?: string) => {
          const element = document.querySelector(selector);
          if (!element) throw new Error(selector);
          return getComputedStyle(element, pseudo);
        };
        return {
          on: style('.switch-track').backgroundColor,
          border: style('.switch-track').borderColor,
          thumb: style('.switch-track', '::after').backgroundColor,
          surface: style('.compose').backgroundColor,
          chosen: style('.segment input:checked + span').backgroundColor,
        };
      });
    const on = await colors();
    expect(on.border).not.toBe(on.surface);
    expect(on.thumb).not.toBe(on.on);
    expect(on.chosen).not.toBe(on.surface);
    await page.getByText('Watermark').click();
    await expect.poll(async () => (await colors()).on).not.toBe(on.on);
  },
);

test.each(['light', 'dark'] as const)(
  '%s: outlines of controls have a contrast of at least 3 to 1',
  async (colorScheme) => {
    const gateway = await startStudioGateway(fast);
    const studio = await openStudio(gateway.url, { colorScheme });
    const { page } = studio;
    await studio.slot('targetImage').getByRole('button', { name: 'remove' }).click();
    await page.getByText('Watermark').click();
    await page.waitForTimeout(250);
    const pairs: [string, string, string][] = [
      ['.link-field', 'borderTopColor', '.compose'],
      ['.tile[data-empty]', 'borderTopColor', '.compose'],
      ['.switch-track', 'backgroundColor', '.compose'],
      ['.button-small', 'borderTopColor', '.compose'],
      ['.segment input:checked + span', 'borderTopColor', '.segmented'],
      ['.select', 'borderTopColor', 'html'],
    ];
    for (const [selector, property, ground] of pairs)
      expect(
        await contrast(page, selector, property, ground),
        `${selector} on ${ground}`,
      ).toBeGreaterThanOrEqual(3);
  },
);

test.each([1440, 360])('at %i pixels, the live region names the swap', async (width) => {
  const gateway = await startStudioGateway(fast);
  const studio = await openStudio(gateway.url, { width });
  await studio
    .slot('targetImage')
    .getByAltText(/New face/)
    .waitFor();
  await studio.submit();
  await studio.page
    .getByRole('status')
    .filter({ hasText: /^Swap of \d+:\d+.*: Done\./ })
    .waitFor({ state: 'attached' });
});

test('on touch devices, no field has a text smaller than 16 pixels, into which iOS would zoom', async () => {
  const gateway = await startStudioGateway(fast);
  const studio = await openStudio(gateway.url, { width: 360, hasTouch: true });
  await studio.openWhich();
  const sizes = await studio.page
    .locator('input[type=url], input[type=password], select')
    .evaluateAll((fields) => fields.map((field) => Number.parseFloat(getComputedStyle(field).fontSize)));
  expect(sizes.length).toBeGreaterThanOrEqual(3);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(16);
});

function contrast(page: Page, selector: string, property: string, ground: string): Promise<number> {
  return page.evaluate(
    ([one = '', name = '', other = '']) => {
      const luminance = (color: string): number => {
        const parts = (color.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => {
          const value = Number(part) / 255;
          return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        const [red = 0, green = 0, blue = 0] = parts;
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const read = (where: string, what: string): string => {
        const element = document.querySelector(where);
        if (!element) throw new Error(where);
        return getComputedStyle(element)[what as 'color'];
      };
      const values = [luminance(read(one, name)), luminance(read(other, 'backgroundColor'))].sort(
        (a, b) => b - a,
      );
      return ((values[0] ?? 0) + 0.05) / ((values[1] ?? 0) + 0.05);
    },
    [selector, property, ground],
  );
}
