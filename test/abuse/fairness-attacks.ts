import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inParallel } from './attack-tools.ts';
import { authorizationOf, sendQuery, type Target } from './bystander.ts';

const swapFields =
  'id status initImage targetImage referenceImage watermark trackId modelsLabId queuePosition output proxyLinks createdAt updatedAt';
const page = (name: string): string =>
  `${name}: swaps(first: 100) { nodes { ${swapFields} } edges { cursor node { ${swapFields} } } }`;
const costlyQuery = `{ ${['a', 'b', 'c', 'd', 'e'].map(page).join(' ')} }`;
const requestMutation =
  'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id status } }';
const cancelMutation = 'mutation ($id: ID!) { cancelSwap(id: $id) { id } }';

/** One attacker that fills its list and repeatedly requests five pages of it at once, while another client reads. */
export async function askForTooMuch(target: Target, seconds: number): Promise<string> {
  const attacker = { url: target.url, key: target.attackerKeys[0] };
  await endSwaps(attacker, 100, () => undefined);
  const calm = await timeReads(target, seconds);
  let sent = 0;
  const statuses = new Map<number, number>();
  let bytes = 0;
  let isOver = false;
  const attack = inParallel(4, 4, async () => {
    while (!isOver) {
      const began = performance.now();
      const response = await fetch(`${target.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorizationOf(attacker.key) },
        body: JSON.stringify({ query: costlyQuery }),
      });
      sent += 1;
      bytes += (await response.arrayBuffer()).byteLength;
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      // 34 per second in total, as long as responses keep up.
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, 4000 / 34 - (performance.now() - began))),
      );
    }
  });
  const attacked = await timeReads(target, seconds);
  isOver = true;
  await attack;
  const counts = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  const note = `${sent} queries for five pages: ${counts}, ${Math.round(bytes / sent / 1000)} KB each; concurrent read p50 ${attacked.toFixed(1)} ms (${calm.toFixed(1)} ms before)`;
  if (statuses.has(200)) throw new Error(note);
  return note;
}

/** Two attackers whose receivers, or whose hosts' DNS, hang, while another client has a webhook of its own. */
export async function hangWebhooks(
  target: Target,
  kind: 'receivers' | 'DNS',
  count: number,
): Promise<string> {
  if (!target.takesLocalWebhooks) return 'skipped: only against a gateway started by the run';
  let hanging = 0;
  const silent = await listen(() => void hanging++);
  let heard: (at: number) => void = () => undefined;
  const receiver = await listen((_request, response) => {
    response.writeHead(204).end();
    heard(performance.now());
  });
  try {
    const webhookOf = (index: number): string =>
      kind === 'DNS' ? `http://hangs-${index}.example.com/` : `${urlOf(silent)}/${index}`;
    for (const key of target.attackerKeys.slice(1, 3))
      await endSwaps({ url: target.url, key }, count, webhookOf);
    const arrived = new Promise<number>((resolve) => {
      heard = resolve;
    });
    const endedAt = await swapToItsEnd(target, urlOf(receiver));
    const delayMs = Math.max(0, (await arrived) - endedAt);
    const note = `${2 * count} webhooks whose ${kind} hang${kind === 'receivers' ? `, ${hanging} of them connected` : ''}; another client's arrived ${Math.round(delayMs)} ms after its swap had finished`;
    if (delayMs > 5000) throw new Error(note);
    return note;
  } finally {
    for (const server of [silent, receiver]) {
      server.closeAllConnections();
      server.close();
    }
  }
}

/** Requests swaps and cancels those that wait, so that they finish at once. */
async function endSwaps(
  attacker: Pick<Target, 'url' | 'key'>,
  count: number,
  webhookOf: (index: number) => string | undefined,
): Promise<void> {
  await inParallel(count, 4, async (index) => {
    const input = { ...imagesOf(attacker.url), webhook: webhookOf(index), reuse: 'NEVER' };
    const { singleFaceSwap } = await sendQuery(attacker, requestMutation, { input });
    const { id } = singleFaceSwap as { id: string };
    // A swap that got a slot in the meantime finishes by itself.
    await sendQuery(attacker, cancelMutation, { id }).catch(() => undefined);
  });
}

/** @returns when the swap was seen to have finished, on the clock of `performance.now` */
async function swapToItsEnd(target: Target, webhook: string): Promise<number> {
  const input = { ...imagesOf(target.url), webhook, reuse: 'NEVER' };
  const { singleFaceSwap } = await sendQuery(target, requestMutation, { input });
  const { id } = singleFaceSwap as { id: string };
  for (;;) {
    const { swapResult } = await sendQuery(
      target,
      'query ($id: ID!) { swapResult(id: $id) { completedAt } }',
      {
        id,
      },
    );
    if ((swapResult as { completedAt: string | null }).completedAt) return performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Median duration of sequential reads, milliseconds. */
async function timeReads(target: Target, seconds: number): Promise<number> {
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const began = performance.now();
    await sendQuery(target, '{ swapResult(id: "1") { id } }', {});
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

function imagesOf(url: string): object {
  const sample = (name: string): string => `${url}/samples/${name}.jpg`;
  return { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') };
}

async function listen(receive: RequestListener): Promise<Server> {
  const server = createServer(receive);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
