import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { createSandbox, type Sandbox, type SandboxFaults } from '../../sandbox/sandbox.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

type Body = Record<string, unknown>;

/** A webhook receiver; `arrived(n)` resolves with the first n bodies. */
async function listen(status = 200) {
  const bodies: Body[] = [];
  const server: Server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    bodies.push(JSON.parse(text));
    response.writeHead(status).end();
    server.emit('webhook');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => server.close().closeAllConnections());
  const arrived = async (n: number) => {
    while (bodies.length < n) await once(server, 'webhook');
    return bodies;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, bodies, arrived };
}

async function start(faults: Partial<SandboxFaults> = {}): Promise<Sandbox> {
  const quick: Partial<SandboxFaults> = { latencyMs: [0, 0], generationMs: [20, 20], ...faults };
  const sandbox = await createSandbox({ render: false, firstId: 900, faults: quick });
  closers.push(sandbox.close);
  return sandbox;
}

async function submit(sandbox: Sandbox, webhook: string, track_id = 5): Promise<Body> {
  const image = 'https://example.com/a.jpg';
  const images = { init_image: image, target_image: image, reference_image: image };
  const body = JSON.stringify({ key: 'any', ...images, webhook, track_id });
  const response = await fetch(`${sandbox.baseUrl}/single_face_swap`, { method: 'POST', body });
  return (await response.json()) as Body;
}

it('posts the success body with the track_id when the picture is finished', async () => {
  const [sandbox, hook] = await Promise.all([start(), listen()]);
  expect((await submit(sandbox, hook.url))['status']).toBe('processing');
  const [body] = await hook.arrived(1);
  expect(body).toMatchObject({ status: 'success', id: 900, track_id: 5, output: [expect.any(String)] });
  await vi.waitFor(() =>
    expect(sandbox.submissions()[0]).toMatchObject({ webhooksSent: 1, webhooksDelivered: 1 }),
  );
});

it.each([
  [{}, { status: 'failed', id: 900, track_id: 5, message: expect.any(String) }],
  [
    { failedAsError: 1, messege: 1, idAsString: 1, trackIdAsString: 1 },
    { status: 'error', id: '900', track_id: '5', messege: expect.any(String) },
  ],
])('posts a failure in the dialect %j', async (dialect, expected) => {
  const [sandbox, hook] = await Promise.all([start({ generationFailed: 1, ...dialect }), listen()]);
  await submit(sandbox, hook.url);
  expect((await hook.arrived(1))[0]).toMatchObject(expected);
});

it('counts a webhook with a wrong track_id', async () => {
  const [sandbox, hook] = await Promise.all([start({ foreignTrackId: 1 }), listen()]);
  await submit(sandbox, hook.url);
  expect((await hook.arrived(1))[0]).toMatchObject({ id: 900, track_id: 1_000_005 });
  expect(sandbox.submissions()[0]).toMatchObject({ webhooksMisnamed: 1, reports: [] });
});

it('delivers an early webhook before the response to the submit, which still says processing', async () => {
  const [sandbox, hook] = await Promise.all([start({ webhookEarly: 1 }), listen()]);
  const answer = await submit(sandbox, hook.url);
  expect(answer['status']).toBe('processing');
  expect(hook.bodies).toEqual([expect.objectContaining({ status: 'success' })]);
});

it('sends the configured number of copies, then one that claims the opposite', async () => {
  const faults = { webhookDoubled: 1, webhookCopies: 3, webhookContradicted: 1 };
  const [sandbox, hook] = await Promise.all([start(faults), listen()]);
  await submit(sandbox, hook.url);
  const bodies = await hook.arrived(4);
  expect(bodies.map(({ status }) => status)).toEqual(['success', 'success', 'success', 'failed']);
});

it('lets a later webhook overtake a delayed one', async () => {
  const [sandbox, hook] = await Promise.all([
    start({ webhookDelayed: 1, webhookDelayMs: [300, 300] }),
    listen(),
  ]);
  await submit(sandbox, hook.url, 1);
  await vi.waitFor(() => expect(sandbox.injected()).toHaveProperty('webhookDelayed'), { interval: 5 });
  sandbox.setFaults({ webhookDelayed: 0 });
  await submit(sandbox, hook.url, 2);
  expect((await hook.arrived(2)).map((body) => body['track_id'])).toEqual([2, 1]);
});

it('drops a webhook silently, and the swap can still be fetched', async () => {
  const [sandbox, hook] = await Promise.all([start({ webhookDropped: 1 }), listen()]);
  await submit(sandbox, hook.url);
  await vi.waitFor(() => expect(sandbox.injected()).toEqual({ webhookDropped: 1 }));
  expect(sandbox.submissions()[0]).toMatchObject({ outcome: 'success', webhooksSent: 0 });
  expect(hook.bodies).toEqual([]);
});

it('sends once and keeps running if the receiver rejects it or is down', async () => {
  const [sandbox, hook] = await Promise.all([start({ generationMs: [0, 0] }), listen(500)]);
  await submit(sandbox, hook.url);
  await submit(sandbox, 'http://127.0.0.1:1/nobody');
  await hook.arrived(1);
  await vi.waitFor(() => expect(sandbox.submissions().map((row) => row.webhooksSent)).toEqual([1, 1]));
  expect(sandbox.submissions().map((row) => row.webhooksDelivered)).toEqual([0, 0]);
});

it('closes at once with work in progress and open connections', async () => {
  const [sandbox, hook] = await Promise.all([
    start({ generationMs: [600_000, 600_000], hangAfter: 1 }),
    listen(),
  ]);
  const hanging = submit(sandbox, hook.url).catch((error: unknown) => error);
  await vi.waitFor(() => expect(sandbox.submissions()).toHaveLength(1));
  await sandbox.close();
  expect(await hanging).toBeInstanceOf(Error);
  expect(hook.bodies).toEqual([]);
});
