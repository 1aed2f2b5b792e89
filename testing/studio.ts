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
  reducedMotion?: 'reduce' | 'no-preference';
  forcedColors?: 'active' | 'none';
  hasTouch?: boolean;
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
  /** Opens the slot of the face to replace, unless it is open. */
  openWhich(): Promise<void>;
  /** The newest swap's card in the history, or the one in a state. */
  card(status?: string): Locator;
  /** The swap shown, once it is in a state. */
  result(status: string): Locator;
  /** Answers the question for consent. */
  agree(): Promise<void>;
}

export const defaultSize = { width: 1440, height: 900 };

/** Opens the Studio in a tab of a separate browser. */
export async function openStudio(url: string, options: StudioOptions = {}): Promise<StudioPage> {
  const { width = defaultSize.width, height = defaultSize.height, ...rest } = options;
  const browser = await startBrowser();
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: 'light', ...rest });
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
  const openWhich = async (): Promise<void> => {
    if ((await slot('referenceImage').count()) > 0) return;
    await page.getByRole('button', { name: 'Change', exact: true }).click();
  };
  return {
    page,
    context,
    complaints,
    slot,
    openWhich,
    pick: async (name, title) => {
      if (name === 'referenceImage') await openWhich();
      await slot(name).locator(`.sample[title*="${title}"]`).click();
    },
    link: async (name, link) => {
      if (name === 'referenceImage') await openWhich();
      await slot(name).locator('input[type=url]').fill(link);
    },
    submit: () => page.getByRole('button', { name: 'Swap faces' }).click(),
    result: (status) => page.locator(`.result[data-status=${status}]`),
    agree: () => page.getByRole('button', { name: 'They agreed, continue' }).click(),
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
