import type { LoadTemplate } from '../load/http-load.ts';
import type { Server } from '../process/child.ts';
import { type GatewayOptions, startGateway } from '../process/gateway.ts';
import { requestBody, swapInput } from '../process/graphql.ts';
import type { Bench } from '../scenario.ts';

/** One way to submit a swap to the stub of ModelsLab. */
export interface Way {
  name: string;
  /** The server's URL, and the path for the request. */
  url: string;
  path: string;
  parts: string[];
  expected: string;
}

export interface Contestants {
  direct: Way;
  /** Responds as soon as the swap is durable; it is submitted after that. */
  durable: Way;
  /** Responds when the swap has finished. */
  held: Way;
  gateway: Server;
  stop(): Promise<void>;
}

/** As many swaps at the stub at a time as there are connections. */
const limits = { MODELSLAB_QUEUE_LIMIT: '50' };

export async function startContestants(
  bench: Bench,
  upstream: Server,
  { env, ...options }: Pick<GatewayOptions, 'script' | 'wrapper' | 'ipc' | 'env'> = {},
): Promise<Contestants> {
  const upstreamUrl = `${upstream.url}/success`;
  const gateway = bench.own(
    await startGateway({
      core: 'server',
      folder: bench.folder('gateway'),
      upstreamUrl,
      env: { ...limits, ...env },
      ...options,
    }),
  );
  const mutation = (wait: number): string[] =>
    split(requestBody('SingleFaceSwap', { input: swapInput(placeholder), wait }));
  const own = { url: gateway.url, path: '/graphql' };
  return {
    direct: {
      name: 'a direct call to the stub',
      url: upstream.url,
      path: '/success/single_face_swap',
      parts: split(JSON.stringify(directBody)),
      expected: '"status":"success"',
    },
    durable: { ...own, name: 'this gateway, response when durable', parts: mutation(0), expected: '"id":"' },
    held: {
      ...own,
      name: 'this gateway, response when finished',
      parts: mutation(30),
      expected: '"status":"SUCCEEDED"',
    },
    gateway,
    stop: gateway.stop,
  };
}

/** @param from numbers below this one are used up */
export function templateOf({ parts, expected }: Way, from: number): LoadTemplate {
  return { parts, expected, from };
}

const placeholder = 777_777_777;
const split = (text: string): string[] => text.split(String(placeholder));

const directBody = {
  key: 'key-of-the-stub',
  init_image: `https://images.example.com/people/2026/group-${placeholder}.jpg`,
  target_image: `https://images.example.com/people/2026/face-${placeholder}.jpg`,
  reference_image: `https://images.example.com/people/2026/chosen-${placeholder}.jpg`,
  watermark: true,
  webhook: 'https://gateway.example.com/webhooks/modelslab/',
  track_id: placeholder,
};
