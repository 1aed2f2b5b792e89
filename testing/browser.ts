import type { Browser } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';
import { launchChromium } from './chromium.js';

/** One per test file. */
let shared: Promise<Browser> | undefined;

afterAll(async () => {
  await (await shared)?.close();
});

/** The machine's Chromium, without any tab, cookie or stored data of an earlier test: what a test opens is closed after it. */
export async function startBrowser(): Promise<Browser> {
  shared ??= launchChromium();
  const browser = await shared;
  onTestFinished(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  return browser;
}
