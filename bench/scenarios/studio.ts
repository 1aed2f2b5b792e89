import type { Browser } from 'playwright-core';
import { launchChromium } from '../../testing/chromium.ts';
import { show, showRounds } from '../measure/format.ts';
import { summarize } from '../measure/statistics.ts';
import { startGateway } from '../process/gateway.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';

/** A slow phone on a slow mobile network. */
const cpuSlowdown = 4;
const bytesPerSecond = 1.6e6 / 8;
const latencyMs = 150;
const phone = { width: 360, height: 740 };
/** Largest contentful paint is final once the page is idle. */
const settledMs = 2000;

/** Runs in the page. */
const observe = `
  globalThis.seen = { paint: 0, shift: 0 };
  const watch = (type, use) =>
    new PerformanceObserver((list) => list.getEntries().forEach(use)).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => { seen.paint = entry.startTime; });
  watch('layout-shift', (entry) => { seen.shift += entry.value; });
`;

interface Load {
  paintMs: number;
  shift: number;
  kilobytes: number;
}

/** The first load of the Studio on a slow phone: when its largest picture is painted, and how much moves meanwhile. */
export async function studio(bench: Bench): Promise<ScenarioResult> {
  // In sandbox mode and without keys, as after `npm start`.
  const gateway = bench.own(
    await startGateway({
      core: undefined,
      folder: bench.folder('gateway'),
      upstreamUrl: '',
      env: { GATEWAY_API_KEYS: '', MODELSLAB_API_KEY: '', MODELSLAB_BASE_URL: '', NODE_ENV: 'development' },
    }),
  );
  const browser = await launchChromium();
  const loads: Load[] = [];
  try {
    for (let round = 0; round < bench.pick(10, 1); round += 1) {
      const load = await loadOnce(browser, gateway.url);
      loads.push(load);
      bench.log(`studio: largest paint after ${show(load.paintMs)} ms`);
    }
  } finally {
    await browser.close();
  }
  const paintMs = loads.map((load) => load.paintMs);
  return {
    tables: [
      {
        title: 'Studio',
        note: `First load in a new browser of ${phone.width} by ${phone.height} pixels, the processor slowed down ${cpuSlowdown} times, 1.6 Mbit/s and ${latencyMs} ms of latency. ${loads.length} loads.`,
        columns: ['', ''],
        rows: [
          ['largest contentful paint, ms', showRounds(paintMs)],
          ['cumulative layout shift', showRounds(loads.map(({ shift }) => shift))],
          ['transferred, KB', showRounds(loads.map(({ kilobytes }) => kilobytes))],
        ],
      },
    ],
    targets: [
      {
        what: 'Studio, largest contentful paint on a slow phone',
        measured: summarize(paintMs).median,
        limit: 2500,
        better: 'less',
        unit: 'ms',
      },
    ],
  };
}

async function loadOnce(browser: Browser, url: string): Promise<Load> {
  const context = await browser.newContext({ viewport: phone });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: latencyMs,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown });
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.addInitScript(observe);
  await page.goto(url);
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(settledMs);
  const { paint, shift } = (await page.evaluate('seen')) as { paint: number; shift: number };
  await context.close();
  return { paintMs: paint, shift, kilobytes: bytes / 1024 };
}
