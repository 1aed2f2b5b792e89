import type { BenchDeployment } from './bench-deployment.ts';
import { connectSubscriber } from './subscriber.ts';

/** Milliseconds from sending the webhook until the subscriber receives the final state. */
export interface WebhookLatency {
  samples: number;
  same: { p50: number; p99: number };
  other: { p50: number; p99: number };
}

/**
 * Sends webhooks to one instance, with the subscriber alternating between that instance and the other: both are
 * measured in one run, so that other load on the machine affects both equally.
 *
 * @param samples of each kind
 */
export async function measureWebhookLatency(
  { gateways: [near, far], modelsLab, requestSwap, sendWebhook }: BenchDeployment,
  samples: number,
  warmUp = 50,
): Promise<WebhookLatency> {
  const subscribers = [await connectSubscriber(near.url), await connectSubscriber(far.url)] as const;
  const times: [number[], number[]] = [[], []];

  for (let n = 0; n < 2 * (samples + warmUp); n++) {
    const kind = n % 2 === 0 ? 0 : 1;
    const id = await requestSwap(near.url, n);
    let received: (at: number) => void = () => undefined;
    const end = new Promise<number>((resolve) => {
      received = resolve;
    });
    let seeProcessing: () => void = () => undefined;
    const processing = new Promise<void>((resolve) => {
      seeProcessing = resolve;
    });
    const check = (text: string): void => {
      if (text.includes('"SUCCEEDED"')) received(performance.now());
      else if (text.includes('"PROCESSING"')) seeProcessing();
    };
    check(await subscribers[kind].subscribe(id, check));
    await processing;
    await modelsLab.submission(n);
    const sentAt = performance.now();
    const sent = sendWebhook(near.url, n);
    const tookMs = (await end) - sentAt;
    await sent;
    if (n >= 2 * warmUp) times[kind].push(tookMs);
  }
  for (const subscriber of subscribers) subscriber.close();
  return { samples, same: percentiles(times[0]), other: percentiles(times[1]) };
}

function percentiles(times: number[]): { p50: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
