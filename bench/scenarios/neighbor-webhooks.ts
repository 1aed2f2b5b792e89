import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { otherAuthorization } from '../process/gateway.ts';
import { inParallel } from '../process/graphql.ts';
import type { Bench } from '../scenario.ts';
import { type Matter, medianMs, type Pair, runSwap, startPair, takeTurns } from './neighbor-rounds.ts';

const hangingReceivers = 48;
/** Deliveries of one client at one time. */
const deliveriesPerClient = 8;

/** Webhooks whose hosts DNS never answers for: swaps of another client, which need a lookup of ModelsLab's host. */
export async function besideHangingDns(bench: Bench, hosts: number): Promise<Matter> {
  const dns = createSocket('udp4');
  let questions = 0;
  dns.on('message', () => void questions++);
  dns.bind(0, '127.0.0.1');
  await once(dns, 'listening');
  bench.own({ stop: async () => void dns.unref() });
  const pair = await startPair(
    bench,
    { WEBHOOK_DNS_SERVERS: `127.0.0.1:${dns.address().port}` },
    'localhost',
  );
  const swaps = bench.pick(60, 10);
  const measure = (url: string, round: number): Promise<number> =>
    medianMs(swaps, (index) => runSwap(url, round * 1000 + index));
  await warmUp(pair);
  const rounds = await takeTurns(bench.pick(5, 1), {
    alone: (round) => measure(pair.alone.url, round),
    async beside(round) {
      const before = questions;
      await inParallel(hosts, 8, (index) =>
        runSwap(pair.beside.url, index, `https://hooks-${round}-${index}.example.com/`, otherAuthorization),
      );
      await until(() => questions > before);
      return measure(pair.beside.url, round);
    },
  });
  await pair.stop();
  dns.close();
  return {
    misbehavior: `${hosts} webhooks whose hosts DNS does not answer for`,
    seen: 'a swap, from request to end, p50, ms',
    rounds,
  };
}

/** Receivers that accept webhooks and never answer: time from a request to the webhook of another client's swap. */
export async function besideHangingReceivers(bench: Bench): Promise<Matter> {
  let hanging = 0;
  const silent = await Promise.all(
    Array.from({ length: hangingReceivers }, () =>
      startReceiver(bench, (_request, response) => {
        hanging += 1;
        response.on('close', () => void hanging--);
      }),
    ),
  );
  const arrivals = new Map<string, () => void>();
  const working = await startReceiver(bench, (request, response) => {
    request.resume();
    response.writeHead(204).end();
    arrivals.get(String(request.url))?.();
  });
  const pair = await startPair(bench, { ALLOW_PRIVATE_WEBHOOKS: 'on' });
  const swaps = bench.pick(60, 10);
  const measure = (url: string, round: number): Promise<number> =>
    medianMs(swaps, async (index) => {
      const path = `/${url.split(':').at(-1)}/${round}/${index}`;
      const hasCome = new Promise<void>((resolve) => arrivals.set(path, resolve));
      await runSwap(url, round * 1000 + index, working.url + path);
      await hasCome;
    });
  await warmUp(pair);
  await inParallel(hangingReceivers, 8, (index) =>
    runSwap(pair.beside.url, index, silent[index]?.url, otherAuthorization),
  );
  const rounds = await takeTurns(bench.pick(5, 1), {
    alone: (round) => measure(pair.alone.url, round),
    async beside(round) {
      await until(() => hanging >= deliveriesPerClient);
      return measure(pair.beside.url, round);
    },
  });
  await pair.stop();
  for (const { server } of [...silent, working]) server.close();
  return {
    misbehavior: `${hangingReceivers} webhooks whose receivers never answer`,
    seen: 'a webhook, from the request of its swap, p50, ms',
    rounds,
  };
}

async function startReceiver(
  bench: Bench,
  receive: RequestListener,
): Promise<{ url: string; server: Server }> {
  const server = createServer(receive);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.own({ stop: async () => server.closeAllConnections() });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** First requests are slow: code that is compiled, connections that are made. */
async function warmUp({ alone, beside }: Pair): Promise<void> {
  for (const { url } of [alone, beside]) await medianMs(50, (index) => runSwap(url, 100_000 + index));
}

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !isSo(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > deadline) throw new Error('nothing was delivered');
}
