import { expect, test } from 'vitest';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway } from '../../testing/start-gateway.js';
import { harmlessQueries, type Probe, probes } from '../abuse/probes.js';

interface Refusal {
  message: string;
  extensions: { code: string };
}

/** Each returns the errors in the response to a document. */
const transports: Record<string, (url: string, document: string) => Promise<Refusal[]>> = {
  async 'HTTP POST'(url, query) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(response.status).toBe(400);
    return ((await response.json()) as { errors: Refusal[] }).errors;
  },
  async 'HTTP GET'(url, query) {
    // Node accepts 16 KiB of headers, so a longer URL is rejected before anything else.
    const response = await fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { 'apollo-require-preflight': 'yes' },
    });
    expect(response.status).toBe(query.length > 12_000 ? 431 : 400);
    return ((await response.json().catch(() => tooLong)) as { errors: Refusal[] }).errors;
  },
  async WebSocket(url, query) {
    const socket = await openSocket(url);
    await socket.init();
    socket.subscribe('1', query);
    const { type, payload } = await socket.next();
    expect(type).toBe('error');
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    return payload as Refusal[];
  },
};
const tooLong = { errors: undefined };

const cases = Object.keys(transports).flatMap((transport) =>
  probes.map((probe) => ({ transport, ...probe })),
);

test.each(cases)(
  'over $transport is rejected: $name',
  async ({ transport, document, code, message }: Probe & { transport: string }) => {
    const { url } = await startGateway({ INTROSPECTION: 'off' });
    const errors = await transports[transport]?.(url, document);
    if (!errors) return;
    expect(errors.map(({ message }) => message).join('\n')).toMatch(message);
    for (const { extensions } of errors) expect(extensions.code).toBe(code);
    expect(JSON.stringify(errors)).not.toContain('Did you mean');
  },
);

test.each(harmlessQueries)('a document at the limits runs', async (document) => {
  const { graphql } = await startGateway();
  expect((await graphql(document)).errors).toBeUndefined();
});
