import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { buildSchema, GraphQLError } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { createClient } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { readProjectFile } from './project-files.js';

export interface SseGateway {
  url: string;
  /** Event streams that are open now, the most there have been at a time, and all of them. */
  streams(): { open: number; most: number; total: number };
  /** Upgrades requested so far. */
  upgrades(): number;
  /** Ends all event streams without completing them. */
  cutStreams(): void;
}

/** A gateway that also has server-sent events: graphql-sse's handler in front of one, which gets everything else. */
export async function startSseGateway(gateway: { url: string }): Promise<SseGateway> {
  const { hostname, port } = new URL(gateway.url);
  const streams = new Set<ServerResponse>();
  let most = 0;
  let total = 0;
  let upgrades = 0;

  const authorizationOf = (authorization: string | undefined) => {
    const client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
      lazyCloseTimeout: 0,
    });
    return client;
  };
  const handler = createHandler({
    schema: buildSchema(readProjectFile('schema/schema.graphql')),
    async onSubscribe({ raw }, { query, variables }) {
      const client = authorizationOf(raw.headers.authorization);
      const events = client.iterate({ query, variables: variables ?? null }) as AsyncIterableIterator<never>;
      return (async function* () {
        try {
          for await (const event of events) yield event;
        } catch (cause) {
          const errors = Array.isArray(cause)
            ? cause
            : [new GraphQLError('closed', { extensions: codeOf(cause) })];
          yield { errors } as never;
        } finally {
          await client.dispose();
        }
      })();
    },
  });

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };
  const server = createServer((incoming, outgoing) => {
    if (!incoming.headers.accept?.includes('text/event-stream')) return forward(incoming, outgoing);
    outgoing.setHeader('x-accel-buffering', 'no');
    streams.add(outgoing);
    total++;
    most = Math.max(most, streams.size);
    outgoing.on('close', () => streams.delete(outgoing));
    handler(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on('upgrade', (incoming, near, head) => {
    upgrades++;
    const far = connect(Number(port), hostname, () => {
      const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}`);
      far.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      far.write(head);
      far.pipe(near).pipe(far);
    });
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const side of [near, far]) side.on('error', () => undefined).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams: () => ({ open: streams.size, most, total }),
    upgrades: () => upgrades,
    cutStreams() {
      for (const stream of streams) stream.destroy();
    },
  };
}

/** What the gateway says over HTTP when it closes a WebSocket for these reasons. */
const codeOf = (cause: unknown): { code: string } => ({
  code: (cause as { code?: number }).code === 4403 ? 'UNAUTHENTICATED' : 'UNAVAILABLE',
});
