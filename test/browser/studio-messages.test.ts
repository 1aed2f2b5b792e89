import { expect, test } from 'vitest';
import { openStudio, startStudioGateway } from '../../testing/studio.js';

test.each([
  ['en-XA', 1440],
  ['en-XA', 360],
  ['ar-XB', 1440],
  ['ar-XB', 360],
] as const)(
  'in %s, with words longer by two fifths, at %i pixels, nothing is clipped',
  async (lang, width) => {
    const gateway = await startStudioGateway({ faults: { generationMs: [100, 100] } });
    const studio = await openStudio(`${gateway.url}/?lang=${lang}`, { width });
    const { page } = studio;
    await page.locator('.sample').first().waitFor();
    expect(await page.evaluate(() => document.dir)).toBe(lang === 'ar-XB' ? 'rtl' : '');
    await expectNothingClipped();
    await page.locator('button[type=submit]').click();
    await studio.result('SUCCEEDED').waitFor();
    await expectNothingClipped();
    await page.locator('.result-head input').nth(1).check();
    await page.locator('.snippet').first().waitFor();
    await expectNothingClipped();

    async function expectNothingClipped(): Promise<void> {
      const clipped = await page.evaluate(() => {
        const isWide = (element: Element): boolean => element.scrollWidth > element.clientWidth + 1;
        const texts = document.querySelectorAll<HTMLElement>(
          'button, a, p, h1, h2, h3, label, legend, strong, select, span',
        );
        return [...texts]
          .filter(
            (element) =>
              element.checkVisibility() && !element.closest('.visually-hidden, .tile, .frame, .card-media'),
          )
          .filter((element) => {
            const { left, right } = element.getBoundingClientRect();
            const isOff = left < -1 || right > innerWidth + 1;
            const { display, overflowX } = getComputedStyle(element);
            return isOff || (display !== 'inline' && overflowX !== 'visible' && isWide(element));
          })
          .map((element) => `${element.tagName}.${element.className}: ${element.textContent?.slice(0, 40)}`);
      });
      expect(clipped).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
  },
);

test('every text on the page comes from the catalog', async () => {
  const gateway = await startStudioGateway();
  const { page } = await openStudio(`${gateway.url}/?lang=en-XA`);
  await page.locator('.sample').first().waitFor();
  await page.locator('.status strong').waitFor();
  const plain = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: string[] = [];
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement?.closest('noscript, script, time, code')) continue;
      const text = textContent?.trim() ?? '';
      // Titles of samples come from the gateway.
      if (/[a-z]{3}/.test(text) && !/øn/.test(text) && !/round glasses|headscarf|in the park/.test(text))
        texts.push(text);
    }
    return texts;
  });
  expect(plain).toEqual([]);
});
