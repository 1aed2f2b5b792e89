import type { BrowserContext, Locator, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { createSandbox, type Sandbox, type SandboxOptions } from '../sandbox/sandbox.js';
import { startBrowser } from './browser.js';
import { startGateway, type TestGateway } from './start-gateway.js';
import { patienceMs } from './timeouts.js';

export interface StudioOptions {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
  /** False: the consent dialog was not accepted yet. */
  consent?: boolean;
}

export type SlotName = 'initImage' | 'targetImage' | 'referenceImage';

/** The Studio in a tab, through user actions. */
export interface StudioPage {
  page: Page;
  context: BrowserContext;
  /** Errors in the page, and violations of its content security policy. */
  complaints: string[];
  slot(name: SlotName): Locator;
  /** Clicks the sample whose title contains `title`. */
  pick(name: SlotName, title: string): Promise<void>;
  /** Enters a link into the slot. */
  link(name: SlotName, url: string): Promise<void>;
  submit(): Promise<void>;
  /** The newest swap's card, or the one in a state. */
  card(status?: string): Locator;
}

export const defaultSize = { width: 1440, height: 900 };

/** Opens the Studio in a tab of a separate browser. */
export async function openStudio(url: string, options: StudioOptions = {}): Promise<StudioPage> {
  const { consent = true, colorScheme = 'light', ...size } = options;
  const browser = await startBrowser();
  const context = await browser.newContext({ viewport: { ...defaultSize, ...size }, colorScheme });
  if (consent)
    await context.addInitScript(() => localStorage.setItem('face-swap-consent', '2026-01-01T00:00:00.000Z'));
  return openTab(context, url);
}

/** Another tab of the same user. */
export async function openTab(context: BrowserContext, url: string): Promise<StudioPage> {
  const page = await context.newPage();
  page.setDefaultTimeout(2 * patienceMs);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  const slot = (name: SlotName): Locator => page.locator(`[data-slot=${name}]`);
  return {
    page,
    context,
    complaints,
    slot,
    pick: (name, title) => slot(name).locator(`.sample[title*="${title}"]`).click(),
    link: (name, link) => slot(name).locator('input[type=url]').fill(link),
    submit: () => page.getByRole('button', { name: 'Swap faces' }).click(),
    card: (status) => page.locator(status ? `.card[data-status=${status}]` : '.card').first(),
  };
}

/** Picks three samples with three clicks. */
export async function pickSamples({ pick }: StudioPage): Promise<void> {
  await pick('initImage', 'in the park');
  await pick('targetImage', 'Farah');
  await pick('referenceImage', 'Chen');
}

/** A gateway with a sandbox whose faults can be set, both closed after the test. */
export async function startStudioGateway(
  options: SandboxOptions = {},
  env: Record<string, string> = {},
): Promise<TestGateway & { sandbox: Sandbox }> {
  const sandbox = await createSandbox(options);
  onTestFinished(() => sandbox.close());
  const gateway = await startGateway(
    { POLL_INTERVAL_MS: '200', MODELSLAB_QUEUE_LIMIT: String(options.queueLimit ?? 5), ...env },
    { sandbox },
  );
  return { ...gateway, sandbox };
}
