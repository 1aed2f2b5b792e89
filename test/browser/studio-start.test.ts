import type { Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { startBrowser } from '../../testing/browser.js';
import { keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';
import { patienceMs } from '../../testing/timeouts.js';

const sizes = [
  { width: 360, height: 740 },
  { width: 1440, height: 900 },
] as const;

/** Opens a page whose script is held back. */
async function openHeld(url: string, size: { width: number; height: number }) {
  const page = await (await startBrowser()).newPage({ viewport: size });
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const held: Route[] = [];
  let isReleased = false;
  await page.route('**/assets/*.js', async (route) => {
    if (isReleased) await route.continue();
    else held.push(route);
  });
  await page.addInitScript(() => {
    const seen = { paints: [] as { time: number; name: string | undefined }[], shift: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        seen.paints.push({
          time: entry.startTime,
          name: (entry as unknown as { element?: Element }).element?.className,
        });
    }).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(url, { waitUntil: 'commit' });
  const release = async (): Promise<void> => {
    isReleased = true;
    await Promise.all(held.map((route) => route.continue()));
    await page.locator('.shell').waitFor({ state: 'detached' });
  };
  return { page, complaints, release };
}

const readSeen = (page: Page) =>
  page.evaluate(
    () => (window as unknown as { seen: { paints: { time: number; name: string }[]; shift: number } }).seen,
  );
const places = (page: Page) =>
  page.evaluate(() =>
    [
      '.home',
      '.nav a',
      '.slot[data-slot=initImage] .tile-picture',
      '.face-outline[data-chosen]',
      '.sample:last-of-type',
      '.slot[data-slot=targetImage] .tile-picture',
      '.which',
      'button[type=submit]',
      '.frame',
      '.history',
    ].map((selector) => {
      const { x, y, width, height } = document.querySelector(selector)?.getBoundingClientRect() ?? {};
      return [selector, x, y, width, height];
    }),
  );

test.each(sizes)(
  'before its script has loaded, the page shows the samples chosen, and the script moves nothing, at %o',
  async (size) => {
    const gateway = await startGateway();
    const { page, complaints, release } = await openHeld(gateway.url, size);
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>('.tile-picture, .sample img')].every(
        (picture) => picture.naturalWidth > 0,
      ),
    );
    await page.evaluate(() => document.fonts.ready);
    const before = await places(page);
    for (const place of before) expect(place, String(place[0])).not.toContain(undefined);
    await expect.poll(async () => (await readSeen(page)).paints.at(-1)?.name).toMatch(/picture/);
    const { time } = (await readSeen(page)).paints.at(-1) ?? {};

    await release();
    await page.getByText('No swaps yet').waitFor();
    await page.waitForLoadState('networkidle');
    expect((await places(page)).slice(0, -1)).toEqual(before.slice(0, -1));
    const seen = await readSeen(page);
    expect(seen.shift).toBeLessThan(0.02);
    expect(seen.paints.at(-1)?.time).toBe(time);
    expect(complaints).toEqual([]);
  },
);

test('until the script has loaded, nothing can be focused or pressed; then the first key reaches the page', async () => {
  const gateway = await startGateway();
  const { page, release } = await openHeld(gateway.url, sizes[1]);
  const button = page.getByRole('button', { name: 'Swap faces', includeHidden: true });
  await button.waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.tagName);
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('BODY');
  const box = await button.boundingBox();
  if (!box) throw new Error('the button is not visible');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  expect(await focused()).toBe('BODY');
  await release();
  expect(page.url()).toBe(`${gateway.url}/`);
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip');
});

test('the samples are not asked for again', async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.postData() ?? ''));
  await page.goto(gateway.url);
  await page.getByText('No swaps yet').waitFor();
  await page.waitForLoadState('networkidle');
  expect(asked.filter((body) => body.includes('Overview'))).toHaveLength(1);
  expect(asked.filter((body) => body.includes('samples'))).toEqual([]);
});

test('once the page has loaded, it can be used', async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  await page.goto(gateway.url);
  expect(await page.locator('.shell').count()).toBe(0);
});

const factsOf = (html: string) =>
  JSON.parse(/<script type="application\/json" id="facts">(.*?)<\/script>/.exec(html)?.[1] ?? '') as object;

test('with keys, the page tells no samples and shows none before the key', async () => {
  const { url } = await startGateway({ GATEWAY_API_KEYS: keysFor('ada') });
  const html = await (await fetch(url)).text();
  expect(factsOf(html)).toEqual({ hasIde: true });
  expect(html).not.toContain('ada');
});

test('where samples cannot be swapped, the page shows none', async () => {
  const { url } = await startGateway({ MODELSLAB_API_KEY: 'a-key-of-modelslab', MODELSLAB_IMAGES: 'url' });
  const html = await (await fetch(url)).text();
  expect(factsOf(html)).toEqual({ hasIde: true, samples: [] });
  expect(html).not.toContain('ada');
});

test('no public URL leaves the script that tells it', async () => {
  const { url } = await startGateway({ PUBLIC_URL: 'https://swaps.example.com/</script><b>' });
  const html = await (await fetch(url)).text();
  expect(html).not.toContain('<b>');
  expect(JSON.stringify(factsOf(html))).toContain('https://swaps.example.com/');
});

test.each(['on', 'off'])(
  'the way to the IDE is shown only if there is one: INTROSPECTION=%s',
  async (setting) => {
    const gateway = await startGateway({ INTROSPECTION: setting });
    const expected = setting === 'on' ? 1 : 0;
    const { page, release } = await openHeld(gateway.url, sizes[1]);
    await page.getByRole('link', { name: 'Schema', includeHidden: true }).waitFor();
    expect(await page.getByText('API explorer').count()).toBe(expected);
    await release();
    await page.getByText('No swaps yet').waitFor();
    expect(await page.getByText('API explorer').count()).toBe(expected);
  },
);
