import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createSandbox, type Sandbox, type SandboxFaults } from '../sandbox/sandbox.js';

export type Body = Record<string, unknown>;

const image = 'https://example.com/a.jpg';
export const swapFields = {
  key: 'any',
  init_image: image,
  target_image: image,
  reference_image: image,
};

export interface WireReply {
  status: number;
  headers: Headers;
  text: string;
}

/** A sandbox that responds at once, closed after the test. Its first id is 700. */
export async function startSandbox(faults: Partial<SandboxFaults> = {}): Promise<Sandbox> {
  const quick: Partial<SandboxFaults> = { latencyMs: [0, 0], generationMs: [0, 0], ...faults };
  const sandbox = await createSandbox({ render: false, firstId: 700, faults: quick });
  onTestFinished(sandbox.close);
  return sandbox;
}

/** Sends one POST and returns the response as text. Follows no redirect. */
export async function postText(url: string, body: object): Promise<WireReply> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export const submitText = ({ baseUrl }: Sandbox, change: object = {}): Promise<WireReply> =>
  postText(`${baseUrl}/single_face_swap`, { ...swapFields, ...change });

export const fetchText = ({ baseUrl }: Sandbox, id: unknown): Promise<WireReply> =>
  postText(`${baseUrl}/fetch/${encodeURIComponent(String(id))}`, { key: 'any' });

export interface Hook {
  url: string;
  /** The first `count` webhooks, as received. */
  arrived(count: number): Promise<{ headers: Record<string, unknown>; text: string }[]>;
}

/** A webhook receiver, closed after the test. */
export async function startHook(status = 200): Promise<Hook> {
  const seen: { headers: Record<string, unknown>; text: string }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    seen.push({ headers: request.headers, text });
    response.writeHead(status).end();
    server.emit('webhook');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async arrived(count) {
      while (seen.length < count) await once(server, 'webhook');
      return seen;
    },
  };
}
