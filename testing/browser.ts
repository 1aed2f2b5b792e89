import type { Browser } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { launchChromium } from './chromium.js';

/** Chromium as the machine has it, closed when the test is over. */
export async function startBrowser(): Promise<Browser> {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  return browser;
}
