// `npm run screenshots`, after a build: captures the states of the Studio that docs/studio.md shows, in docs/images.
// `-- --all --out FOLDER` captures every state, on a tablet and a large display as well, to be looked at.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import type { createSandbox } from '../sandbox/sandbox.ts';
import type { createGateway } from '../src/app/gateway.ts';
import type { readConfig } from '../src/config/config.ts';
import type { createLogger } from '../src/telemetry/logger.ts';
import { launchChromium } from '../testing/chromium.ts';

const load = (module: string) => import(`../dist/src/${module}`);
const config = (await load('config/config.js')) as { readConfig: typeof readConfig };
const gateways = (await load('app/gateway.js')) as { createGateway: typeof createGateway };
const loggers = (await load('telemetry/logger.js')) as { createLogger: typeof createLogger };
const sandboxes = (await load('../sandbox/sandbox.js')) as { createSandbox: typeof createSandbox };

const root = join(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    out: { type: 'string', default: 'docs/images' },
  },
});
const images = resolve(root, options.out);
const folder = mkdtempSync(join(tmpdir(), 'face-swap-screenshots-'));
const devices = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 360, height: 780 },
  tablet: { width: 768, height: 1024 },
  wide: { width: 2560, height: 1440 },
} as const;
type Device = keyof typeof devices;
type Scheme = 'light' | 'dark';
const shown: readonly Device[] = options.all ? ['phone', 'tablet', 'desktop', 'wide'] : ['desktop', 'phone'];

const documented = new Set([
  'studio-start-desktop-light',
  'studio-done-desktop-light',
  'studio-done-desktop-dark',
  'studio-processing-desktop-light',
  'studio-code-desktop-dark',
  'studio-done-phone-light',
  'studio-done-phone-dark',
]);

const browser = await launchChromium();
try {
  mkdirSync(images, { recursive: true });
  for (const device of shown)
    for (const scheme of ['light', 'dark'] as const) {
      await takeStates(device, scheme);
      await takeKeyRequest(device, scheme);
      await takeExpired(device, scheme);
    }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

/** A swap of each kind, in one gateway. */
async function takeStates(device: Device, scheme: Scheme): Promise<void> {
  const sandbox = await sandboxes.createSandbox({ queueLimit: 1, faults: { generationMs: [300, 300] } });
  const gateway = await gateways.createGateway(
    readEnvironment(`${device}-${scheme}`, { MODELSLAB_QUEUE_LIMIT: '1', POLL_INTERVAL_MS: '200' }),
    loggers.createLogger('silent'),
    { sandbox },
  );
  const page = await openPage(gateway.url, device, scheme);
  const take = (state: string) => save(page, `studio-${state}-${device}-${scheme}`);
  const studio = drive(page);
  const { pick, submit, result } = studio;
  const showSwaps = async (): Promise<void> => {
    await page.evaluate(`document.getElementById('swaps-title').scrollIntoView()`);
    await page.mouse.move(0, 0);
  };

  await page.getByText('No swaps yet').waitFor();
  await take('start');
  await page.getByRole('radio', { name: 'Code' }).check();
  await page.getByText('singleFaceSwap').waitFor();
  await take('code');
  await page.getByRole('radio', { name: 'Result' }).check();

  await page.locator('[data-slot=initImage] input[type=file]').setInputFiles({
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('no picture'),
  });
  await page.getByRole('alert').waitFor();
  await page.locator('[data-slot=targetImage] .tile-clear').click();
  await studio.openWhich();
  await page
    .locator('[data-slot=referenceImage] input[type=url]')
    .fill('https://images.example.com/gone.jpg');
  await page.getByText('No preview').waitFor();
  await submit();
  await page.getByRole('alert').nth(1).waitFor();
  await page.evaluate('scrollTo(0, 0)');
  await take('refused-picture');

  await page.getByRole('button', { name: 'Same as picture' }).click();
  await page.getByRole('button', { name: 'Close' }).click();
  await pick('initImage', 'in the park');
  await page.locator('.face').nth(1).click();
  await page.locator('[data-slot=targetImage] input[type=file]').setInputFiles({
    name: 'farah.jpg',
    mimeType: 'image/jpeg',
    buffer: readFileSync(join(root, 'samples/pictures/farah.jpg')),
  });
  await page.locator('[data-slot=targetImage] img[alt="New face: farah.jpg"]').waitFor();
  await page.getByText(/Uploading|Checking/).waitFor({ state: 'detached' });
  await submit();
  await page.getByRole('dialog').waitFor();
  await take('consent');
  await page.getByRole('button', { name: 'They agreed' }).click();
  await result('SUCCEEDED').waitFor();
  await page.mouse.move(0, 0);
  await take('done');
  await page.getByRole('radio', { name: 'Slider' }).check();
  await take('slider');
  await page.getByRole('radio', { name: 'Side by side' }).check();
  await take('side-by-side');
  await page.getByRole('radio', { name: 'After' }).check();
  await page.getByRole('button', { name: 'Erase' }).click();
  await take('erase');
  await page.getByRole('button', { name: 'Keep' }).click();

  sandbox.setFaults({ generationFailed: 1 });
  await pick('targetImage', 'Gustav');
  await submit();
  await result('FAILED').waitFor();
  await take('failed');
  sandbox.setFaults({ generationFailed: 0, generationMs: [9000, 9000] });
  await pick('targetImage', 'Hana');
  await submit();
  await result('PROCESSING').waitFor();
  await page.mouse.move(0, 0);
  await take('processing');
  for (const title of ['Bruno', 'Ada', 'Dora']) {
    await pick('targetImage', title);
    await submit();
    await page.locator('.card[data-status=QUEUED]').nth(['Bruno', 'Ada', 'Dora'].indexOf(title)).waitFor();
  }
  await take('queued');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await result('CANCELED').waitFor();
  await showSwaps();
  await take('swaps');
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await page.locator('.card').nth(0).click();
  await page.locator('.card').nth(1).click();
  await take('selected');
  await page.locator('.card').nth(2).waitFor();
  await page.getByRole('button', { name: 'Cancel selection' }).click();
  await page.locator('.card[data-status=PROCESSING]').first().click();

  await gateway.close();
  await page.getByText('Connection lost.').waitFor();
  await page.evaluate('scrollTo(0, 0)');
  await take('connection-lost');
  await page.context().close();
  await sandbox.close();
}

async function takeKeyRequest(device: Device, scheme: Scheme): Promise<void> {
  const key = createHash('sha256').update('a key').digest('hex');
  const gateway = await gateways.createGateway(
    readEnvironment(`key-${device}-${scheme}`, { GATEWAY_API_KEYS: `ada:${key}` }),
    loggers.createLogger('silent'),
  );
  const page = await openPage(gateway.url, device, scheme);
  await page.getByLabel('API key or token').waitFor();
  await save(page, `studio-key-${device}-${scheme}`);
  await page.context().close();
  await gateway.close();
}

/** The only state that needs a short queue deadline. */
async function takeExpired(device: Device, scheme: Scheme): Promise<void> {
  const sandbox = await sandboxes.createSandbox({
    queueLimit: 1,
    faults: { generationMs: [30_000, 30_000] },
  });
  const gateway = await gateways.createGateway(
    readEnvironment(`expired-${device}-${scheme}`, { MODELSLAB_QUEUE_LIMIT: '1', QUEUE_DEADLINE_MS: '1500' }),
    loggers.createLogger('silent'),
    { sandbox },
  );
  const page = await openPage(gateway.url, device, scheme);
  const { pick, submit, result } = drive(page);
  await page.getByText('No swaps yet').waitFor();
  for (const title of ['Hana', 'Bruno']) {
    await pick('targetImage', title);
    await submit();
    await page
      .locator('.card')
      .nth(title === 'Hana' ? 0 : 1)
      .waitFor();
  }
  await result('EXPIRED').waitFor();
  await page.mouse.move(0, 0);
  await save(page, `studio-expired-${device}-${scheme}`);
  await page.context().close();
  await gateway.close();
  await sandbox.close();
}

function drive(page: Page) {
  return {
    pick: (slot: string, title: string) =>
      page.locator(`[data-slot=${slot}] .sample[title*="${title}"]`).click(),
    submit: () => page.getByRole('button', { name: 'Swap faces' }).click(),
    openWhich: () => page.getByRole('button', { name: 'Change', exact: true }).click(),
    result: (status: string) => page.locator(`.result[data-status=${status}]`),
  };
}

function readEnvironment(name: string, env: Record<string, string>): ReturnType<typeof readConfig> {
  return config.readConfig({ PORT: '0', DATA_DIR: join(folder, name), AUDIT_LOG: 'off', ...env });
}

async function openPage(url: string, device: Device, colorScheme: Scheme): Promise<Page> {
  const context = await browser.newContext({
    viewport: devices[device],
    colorScheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** A palette PNG: a third of the size, with no visible difference. */
async function save(page: Page, name: string): Promise<void> {
  if (!options.all && !documented.has(name)) return;
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(300);
  const png = await sharp(await page.screenshot())
    .png({ palette: true, quality: 80, effort: 8 })
    .toBuffer();
  writeFileSync(join(images, `${name}.png`), png);
  process.stdout.write(`${name} ${Math.round(png.length / 1024)} KB\n`);
}
