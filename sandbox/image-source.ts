import { type Dispatcher, request } from 'undici';
import type { Proxies } from '../src/lib/proxies.js';
import { createPublicOnlyAgent, createPublicOrLoopbackAgent } from '../src/lib/public-only-agent.js';

const maxImageBytes = 15 * 1024 * 1024;
const fetchTimeoutMs = 10_000;

/** The picture could not be loaded; callers report it in ModelsLab's words. */
export class ImageUnavailableError extends Error {
  override readonly name = 'ImageUnavailableError';
}

export const reaches = ['public', 'public-or-loopback', 'anywhere'] as const;
export type Reach = (typeof reaches)[number];

export interface ImageSourceOptions {
  /**
   * Where pictures may be fetched from, by the address that is connected to. Default `public-or-loopback`; `anywhere` includes
   * private networks.
   */
  readonly reach?: Reach | undefined;
  /**
   * Recognizes pictures of the program around the sandbox, which are not fetched. Gives a function that reads the picture
   * (undefined: there is none), or undefined for any other URL.
   */
  readonly findOwn?: ((url: URL) => (() => Promise<Buffer | undefined>) | undefined) | undefined;
  /** Undefined: pictures are fetched directly. */
  readonly proxies?: Proxies | undefined;
}

export interface ImageSource {
  /**
   * The bytes behind `source`: an http(s) URL, or base64 text if `isBase64`. Follows no redirect.
   * @throws ImageUnavailableError for a status other than 200, an address out of reach, more than 15 MiB, after 10 s, or when
   *   `signal` aborts
   */
  load(source: string, isBase64: boolean, signal: AbortSignal): Promise<Buffer>;
  close(): Promise<void>;
}

export function createImageSource({
  reach = 'public-or-loopback',
  findOwn,
  proxies,
}: ImageSourceOptions = {}): ImageSource {
  const agent = createAgent(reach, proxies);
  return {
    async load(source, isBase64, signal) {
      if (isBase64) {
        const bytes = Buffer.from(source.replace(/^data:[^,]*,/, ''), 'base64');
        if (bytes.length > maxImageBytes) throw new ImageUnavailableError('larger than 15 MiB');
        return bytes;
      }
      try {
        const readOwn = findOwn?.(new URL(source));
        const bytes = readOwn ? await readOwn() : await fetchImage(source, agent, signal);
        if (bytes === undefined) throw new Error('there is no such picture');
        return bytes;
      } catch (error) {
        throw new ImageUnavailableError(`${source}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
    },
    close: async () => agent?.destroy(),
  };
}

function createAgent(reach: Reach, proxies: Proxies | undefined): Dispatcher | undefined {
  if (reach === 'public') return createPublicOnlyAgent(fetchTimeoutMs, { proxies });
  return reach === 'public-or-loopback'
    ? createPublicOrLoopbackAgent(fetchTimeoutMs, { proxies })
    : undefined;
}

async function fetchImage(
  source: string,
  dispatcher: Dispatcher | undefined,
  signal: AbortSignal,
): Promise<Buffer> {
  const response = await request(source, {
    ...(dispatcher && { dispatcher }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(fetchTimeoutMs)]),
    headers: { accept: 'image/*', 'user-agent': 'face-swap-sandbox' },
  });
  // Destroying a body early makes it emit an error; without a listener that would crash the process.
  response.body.on('error', () => undefined);
  if (response.statusCode !== 200) {
    await response.body.dump();
    throw new Error(`status ${response.statusCode}`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxImageBytes) throw new Error('larger than 15 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
