import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { otherAuthorization } from '../process/gateway.ts';
import { inParallel } from '../process/graphql.ts';
import type { Bench } from '../scenario.ts';
import { type Measurement, medianMs, type Pair, runSwap, startPair, takeTurns } from './neighbor-rounds.ts';

const hangingReceivers = 48;
/** Concurrent deliveries per client. */
const deliveriesPerClient = 8;

/** Swaps of another client, which need a lookup of ModelsLab's host, while DNS never responds for hosts of webhooks. */
export async function withHangingDns(bench: Bench, hosts: number): Promise<Measurement> {
  const dns = createSocket('udp4');
  let queries = 0;
  dns.on('message', () => void queries++);
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
    undisturbed: (round) => measure(pair.undisturbed.url, round),
    async disturbed(round) {
      const before = queries;
      await inParallel(hosts, 8, (index) =>
        runSwap(
          pair.disturbed.url,
          index,
          `https://hooks-${round}-${index}.example.com/`,
          otherAuthorization,
        ),
      );
      await until(() => queries > before);
      return measure(pair.disturbed.url, round);
    },
  });
  await pair.stop();
  dns.close();
  return {
    misbehavior: `${hosts} webhooks for whose hosts DNS does not respond`,
    metric: 'a swap, from request to result, p50, ms',
    rounds,
  };
}

/** Time from request to webhook for another client's swap, while receivers accept webhooks and never respond. */
export async function withHangingReceivers(bench: Bench): Promise<Measurement> {
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
      const hasArrived = new Promise<void>((resolve) => arrivals.set(path, resolve));
      await runSwap(url, round * 1000 + index, working.url + path);
      await hasArrived;
    });
  await warmUp(pair);
  await inParallel(hangingReceivers, 8, (index) =>
    runSwap(pair.disturbed.url, index, silent[index]?.url, otherAuthorization),
  );
  const rounds = await takeTurns(bench.pick(5, 1), {
    undisturbed: (round) => measure(pair.undisturbed.url, round),
    async disturbed(round) {
      await until(() => hanging >= deliveriesPerClient);
      return measure(pair.disturbed.url, round);
    },
  });
  await pair.stop();
  for (const { server } of [...silent, working]) server.close();
  return {
    misbehavior: `${hangingReceivers} webhooks whose receivers never respond`,
    metric: 'a webhook, from the request of its swap, p50, ms',
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

/** The first requests are slow: they compile code and open connections. */
async function warmUp({ undisturbed, disturbed }: Pair): Promise<void> {
  for (const { url } of [undisturbed, disturbed])
    await medianMs(50, (index) => runSwap(url, 100_000 + index));
}

async function until(isMet: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !isMet(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > deadline) throw new Error('nothing was delivered');
}
