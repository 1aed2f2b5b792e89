import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Target {
  url: string;
  /** Of a client that behaves well; none for an open gateway. */
  key?: string | undefined;
  /** Of clients that do not. */
  attackerKeys: string[];
  /** Process id of the gateway, where it is known: for its memory. */
  pid?: number | undefined;
  /** Whether it calls webhooks on this machine, and asks a DNS server that never answers for the hosts of others. */
  takesLocalWebhooks?: boolean;
}

export const authorizationOf = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

/** One request, told nothing of the attack; tried again when it is told to come back later, as clients do. */
export async function ask(
  { url, key }: Pick<Target, 'url' | 'key'>,
  query: string,
  variables: object,
): Promise<Record<string, unknown>> {
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorizationOf(key) },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
    if (body.data && !body.errors) return body.data;
    const seconds = Number(response.headers.get('retry-after'));
    if (!seconds || attempt === 30) throw new Error(`${response.status} ${JSON.stringify(body.errors)}`);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

/** Requests a swap of the gateway's own samples. Gives its id. */
export async function requestSwapOfSamples({ url, key }: Pick<Target, 'url' | 'key'>): Promise<string> {
  const sample = (name: string): string => `${url}/samples/${name}.jpg`;
  const input = {
    initImage: sample('ada'),
    targetImage: sample('bruno'),
    referenceImage: sample('ada'),
    reuse: 'NEVER',
    idempotencyKey: crypto.randomUUID(),
  };
  const { singleFaceSwap } = await ask(
    { url, key },
    'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }',
    { input },
  );
  return (singleFaceSwap as { id: string }).id;
}

/**
 * Requests a swap and follows it to its end. Gives how long that took, milliseconds.
 *
 * @throws Error when it does not succeed
 */
export async function swapAsAWellBehavedClient({ url, key }: Target): Promise<number> {
  const began = performance.now();
  const id = await requestSwapOfSamples({ url, key });
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: authorizationOf(key),
    retryAttempts: 30,
    shouldRetry: () => true,
  });
  try {
    let status = '';
    for await (const { data, errors } of client.iterate<{ swapUpdated: { status: string } }>({
      query: 'subscription ($id: ID!) { swapUpdated(id: $id) { status } }',
      variables: { id },
    })) {
      if (errors) throw new Error(JSON.stringify(errors));
      status = data?.swapUpdated.status ?? '';
    }
    if (status !== 'SUCCEEDED') throw new Error(`the swap ended as ${status}`);
  } finally {
    await client.dispose();
  }
  return performance.now() - began;
}
