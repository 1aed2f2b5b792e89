import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Target {
  url: string;
  /** Key of a well-behaved client; none for an open gateway. */
  key?: string | undefined;
  /** Keys of the attackers. */
  attackerKeys: string[];
  /** The gateway's process id, if known, to measure its memory. */
  pid?: number | undefined;
  /** Whether it sends webhooks to this machine, and queries a DNS server that never responds for other hosts. */
  takesLocalWebhooks?: boolean;
}

export const authorizationOf = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

/** Sends one request, like a client that knows nothing of the attack; retries when told to, as clients do. */
export async function sendQuery(
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

/** Requests a swap of the gateway's own samples. Returns its id. */
export async function requestSwapOfSamples({ url, key }: Pick<Target, 'url' | 'key'>): Promise<string> {
  const sample = (name: string): string => `${url}/samples/${name}.jpg`;
  const input = {
    initImage: sample('ada'),
    targetImage: sample('bruno'),
    referenceImage: sample('ada'),
    reuse: 'NEVER',
    idempotencyKey: crypto.randomUUID(),
  };
  const { singleFaceSwap } = await sendQuery(
    { url, key },
    'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }',
    { input },
  );
  return (singleFaceSwap as { id: string }).id;
}

/**
 * Requests a swap and follows it until it finishes. Returns the duration, milliseconds.
 *
 * @throws Error if it does not succeed
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
