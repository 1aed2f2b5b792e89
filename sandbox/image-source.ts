import { request } from 'undici';

const maxImageBytes = 15 * 1024 * 1024;
const fetchTimeoutMs = 10_000;

/** The picture could not be loaded; callers report it in ModelsLab's words. */
export class ImageUnavailableError extends Error {
  override readonly name = 'ImageUnavailableError';
}

/**
 * The bytes behind `source`: an http(s) URL, or base64 text if `isBase64`. Follows no redirect.
 * @throws ImageUnavailableError for a status other than 200, more than 15 MiB, after 10 s, or when `signal` aborts
 */
export async function loadImage(source: string, isBase64: boolean, signal: AbortSignal): Promise<Buffer> {
  if (isBase64) return Buffer.from(source.replace(/^data:[^,]*,/, ''), 'base64');
  try {
    const response = await request(source, {
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
  } catch (error) {
    throw new ImageUnavailableError(`${source}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
