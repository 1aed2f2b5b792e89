import type { createSwapClient as CreateSwapClient } from '../../packages/client/src/index.ts';
import { patienceMs } from '../../testing/timeouts.ts';
import type { Instance, Topology } from './topology.ts';

/** The route of one swap through the balancer and the instances. */
export interface Passage {
  swapId: string;
  statuses: string[];
  /** Size of the result, bytes. */
  pictureBytes: number;
  /** The instance that holds the subscriber's socket, from the balancer's log. */
  subscriberAt: string;
  /** The instance that received the webhook, from its own log and the balancer's. */
  webhookAt: string;
}

const enough = 10;

/**
 * Runs swaps through the balancer, with a subscriber, until a webhook arrives at another instance than its
 * subscriber's. The balancer sends new requests to the instance with fewer connections, so usually the first swap is
 * enough.
 *
 * @param say called with each step, for people to read
 * @throws Error if a swap does not succeed, or none of ten took such a route
 */
export async function swapAcrossInstances(topology: Topology, say: (line: string) => void): Promise<Passage> {
  for (let attempt = 1; attempt <= enough; attempt++) {
    const passage = await swapOnce(topology, attempt);
    say(
      `swap ${passage.swapId}: ${passage.statuses.join(' → ')}, a picture of ${passage.pictureBytes} bytes`,
    );
    say(`  subscriber at ${passage.subscriberAt}, webhook received by ${passage.webhookAt}`);
    if (passage.subscriberAt !== passage.webhookAt) return passage;
    say('  the same instance: trying again');
  }
  throw new Error(`of ${enough} swaps every webhook came to the subscriber's own instance`);
}

async function swapOnce(topology: Topology, trackId: number): Promise<Passage> {
  const { url, balancer, instances } = topology;
  const { createSwapClient } = (await import(`${'../../dist/packages/client/src/index.js'}`)) as {
    createSwapClient: typeof CreateSwapClient;
  };
  const logged = balancer.entries().length;
  const client = createSwapClient({ url, apiKey: 'demo-key' });
  const statuses: string[] = [];
  const image = (kind: string): string => `https://images.example.com/${trackId}/${kind}.jpg`;
  const swap = await client
    .swap(
      { initImage: image('init'), targetImage: image('target'), referenceImage: image('reference'), trackId },
      { onUpdate: ({ status }) => void statuses.push(status) },
    )
    .finally(() => client.close());
  if (swap.status !== 'SUCCEEDED') throw new Error(`${swap.id} ended as ${swap.status}: ${statuses.join()}`);
  const picture = Buffer.from(await (await fetch(String(swap.output[0]))).arrayBuffer());
  if (picture.readUInt16BE(0) !== 0xffd8) throw new Error(`${swap.output[0]} is not a JPEG`);

  const added = () => balancer.entries().slice(logged);
  const upstreamOf = async (
    what: string,
    status: number,
    method: string,
    path: string,
  ): Promise<Instance> => {
    const entry = await eventually(what, () =>
      added().find((one) => one.status === status && one.method === method && one.path === path),
    );
    return instances.find(({ host }) => host === entry.upstream) ?? fail(`${what}: ${entry.upstream}?`);
  };
  // nginx logs a WebSocket when it has closed.
  const subscriber = await upstreamOf('the socket in the balancer’s log', 101, 'GET', '/graphql');
  const webhook = await upstreamOf('the webhook in the balancer’s log', 200, 'POST', '/webhooks/modelslab/-');
  const takers = instances.filter((instance) => webhooksTaken(instance).includes(swap.id));
  if (takers.length !== 1 || takers[0] !== webhook)
    fail(
      `the balancer sent the webhook to ${webhook.name}; it was handled by ${takers.map(({ name }) => name)}`,
    );
  return {
    swapId: swap.id,
    statuses,
    pictureBytes: picture.length,
    subscriberAt: subscriber.name,
    webhookAt: webhook.name,
  };
}

/** Swaps that this instance finished by a webhook, according to its log. */
function webhooksTaken({ output }: Instance): string[] {
  return output()
    .split('\n')
    .filter((line) => line.includes('"msg":"webhook"'))
    .map((line) => JSON.parse(line) as { swap: string; completion: string })
    .filter(({ completion }) => completion === 'accepted')
    .map(({ swap }) => swap);
}

async function eventually<Value>(what: string, look: () => Value | undefined): Promise<Value> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; ) {
    const value = look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return fail(`${what}: missing after ${patienceMs} ms`);
}

function fail(message: string): never {
  throw new Error(message);
}
