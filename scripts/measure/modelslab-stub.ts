import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stub that accepts every swap at once and never finishes one by itself: the measurement sends the webhooks. */
export interface ModelsLabStub {
  baseUrl: string;
  /** The webhook of the swap with this `trackId`: its path, and a body that makes the swap succeed. */
  submission(trackId: number): Promise<{ path: string; body: string }>;
  close(): void;
}

interface Submission {
  path: string;
  body: string;
}

export async function startModelsLabStub(): Promise<ModelsLabStub> {
  const submissions = new Map<number, Submission>();
  const waiting = new Map<number, (submission: Submission) => void>();
  let nextId = 1;

  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    response.setHeader('content-type', 'application/json');
    const polledId = /\/fetch\/(\d+)$/.exec(request.url ?? '')?.[1];
    const id = polledId === undefined ? nextId++ : Number(polledId);
    response.end(JSON.stringify({ status: 'processing', id, eta: 600, output: [], meta: {} }));
    if (polledId !== undefined) return;
    const { webhook, track_id: trackId } = JSON.parse(text) as { webhook: string; track_id: number };
    const submission = {
      path: new URL(webhook).pathname,
      body: JSON.stringify({
        status: 'success',
        id,
        generationTime: 2.5,
        output: [`https://files.example.com/${id}.jpg`],
        proxy_links: [`https://proxy.example.com/${id}.jpg`],
        meta: { seed: 7, temp: 'no', watermark: 'yes' },
      }),
    };
    submissions.set(trackId, submission);
    waiting.get(trackId)?.(submission);
    waiting.delete(trackId);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v6/deepfake`,
    submission(trackId) {
      const there = submissions.get(trackId);
      return there ? Promise.resolve(there) : new Promise((resolve) => waiting.set(trackId, resolve));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
