import { setTimeout as sleep } from 'node:timers/promises';

export const forgedOutput = 'https://forged.example.com/evil.jpg';

export interface Forger {
  /** Forged webhooks sent, and how many were accepted. */
  sent: number;
  accepted: number;
  stop(): Promise<void>;
}

/** Posts success webhooks for real swaps, with guessed tokens. */
export function startForger(url: string, swapIds: () => string[], random: () => number): Forger {
  let isStopping = false;
  const forger: Forger = { sent: 0, accepted: 0, stop: async () => undefined };
  const body = JSON.stringify({
    status: 'success',
    id: 1,
    output: [forgedOutput],
    proxy_links: [],
    meta: {},
  });
  const work = (async () => {
    while (!isStopping) {
      const ids = swapIds();
      const id = ids[Math.floor(random() * ids.length)] ?? crypto.randomUUID();
      const signature = Array.from(
        { length: 43 },
        () => 'ABCDEFabcdef0123456789-_'[Math.floor(random() * 24)],
      ).join('');
      const token = random() < 0.2 ? id : `${id}.${signature}`;
      try {
        const response = await fetch(`${url}/webhooks/modelslab/${token}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        forger.sent += 1;
        // 404, or 429 and 503 from an overloaded gateway: all of them are rejections.
        if (response.ok) forger.accepted += 1;
      } catch {
        // The gateway is restarting.
      }
      await sleep(100);
    }
  })();
  forger.stop = async () => {
    isStopping = true;
    await work;
  };
  return forger;
}
