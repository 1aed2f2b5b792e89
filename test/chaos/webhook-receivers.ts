import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveDns } from '../../testing/serve-dns.ts';
import type { Trouble } from './troubles.ts';

/** The client's servers: they take the webhooks of some swaps, and their names are resolved by a DNS server of their own. */
export interface WebhookReceivers {
  /** For the gateways. */
  env: Record<string, string>;
  /** Where the swap of this request is reported; undefined for most. */
  urlFor(number: number): string | undefined;
  /** The DNS server answers late, or not at all, for a while. */
  trouble: Trouble;
  /** Waits until the end of each of these requests' swaps has been delivered, or time is up. @returns those that are missing */
  missing(numbers: readonly number[]): Promise<number[]>;
  delivered(): number;
  close(): void;
}

/** Every third request has a webhook, at one of four hosts. */
const every = 3;
const hosts = 4;
/** Longer than the first two retries, after 5 s and 30 s, and the pause of a receiver that failed repeatedly. */
const patienceMs = 150_000;
const pauseMs = 200;
/** Longer than the timeout of a lookup. */
const longestAnswerMs = 7000;

export async function startWebhookReceivers(): Promise<WebhookReceivers> {
  const seen = new Set<number>();
  let delivered = 0;
  let isSlow = false;
  const server = createServer((request, response) => {
    request.resume();
    delivered += 1;
    seen.add(Number(request.url?.slice(1)));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const dns = await serveDns(async ({ type }) => {
    if (isSlow) await sleep(Math.random() * longestAnswerMs);
    return type === 'A' ? ['127.0.0.1'] : [];
  });
  return {
    env: { ALLOW_PRIVATE_WEBHOOKS: 'on', WEBHOOK_DNS_SERVERS: dns.address },
    urlFor: (number) =>
      number % every === 0 ? `http://receiver-${number % hosts}.example.com:${port}/${number}` : undefined,
    trouble: {
      name: "DNS of clients' webhooks slow",
      async strike(random) {
        isSlow = true;
        await sleep(2000 + random() * 4000);
        isSlow = false;
      },
    },
    async missing(numbers) {
      const left = (): number[] => numbers.filter((number) => number % every === 0 && !seen.has(number));
      for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(pauseMs))
        if (left().length === 0) break;
      return left();
    },
    delivered: () => delivered,
    close() {
      dns.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
