import { setTimeout as sleep } from 'node:timers/promises';

export interface RequestLog {
  /** Ids of accepted swaps, with the input's number. */
  accepted: Map<string, number>;
  retries: number;
}

const workers = 8;
const mutation = 'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }';

/** The request with this number; its input is unique. */
export function inputOf(number: number): object {
  const image = (kind: string): string => `https://images.example.com/${number}/${kind}.jpg`;
  return {
    initImage: image('init'),
    targetImage: image('target'),
    referenceImage: image('reference'),
    trackId: number,
  };
}

/**
 * Requests swaps, a few concurrently, like a careful client: with an idempotency key, and with the same key again if
 * there was no response.
 *
 * @param durationMs over which the requests are spread
 * @param onAccepted called with each id as soon as the mutation responds
 */
export async function requestSwaps(
  url: string,
  {
    swaps,
    durationMs,
    random,
    webhookOf,
    onAccepted,
  }: {
    swaps: number;
    durationMs: number;
    random: () => number;
    webhookOf: (number: number) => string | undefined;
    onAccepted: (id: string) => void;
  },
): Promise<RequestLog> {
  const log: RequestLog = { accepted: new Map(), retries: 0 };
  let next = 0;

  const requestOne = async (number: number): Promise<void> => {
    const input = {
      ...inputOf(number),
      webhook: webhookOf(number),
      idempotencyKey: `chaos-${number}`,
    };
    for (;;) {
      const id = await send(url, input);
      if (id !== undefined) {
        log.accepted.set(id, number);
        onAccepted(id);
        return;
      }
      log.retries += 1;
      await sleep(50 + random() * 200);
    }
  };

  const worker = async (): Promise<void> => {
    while (next < swaps) {
      const number = next++;
      await sleep(((2 * durationMs * workers) / swaps) * random());
      // A double click: the same request concurrently.
      const clicks = random() < 0.1 ? 2 : 1;
      await Promise.all(Array.from({ length: clicks }, () => requestOne(number)));
      // An impatient client: the same request again after the response.
      if (random() < 0.1) await requestOne(number);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return log;
}

async function send(url: string, input: object): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: mutation, variables: { input } }),
      signal: AbortSignal.timeout(15_000),
    });
    const { data } = (await response.json()) as { data?: { singleFaceSwap: { id: string } } | null };
    return data?.singleFaceSwap.id;
  } catch {
    return undefined;
  }
}
