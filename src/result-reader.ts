import { Agent, request } from 'undici';
import { createGuardedAgent } from './callbacks/guarded-agent.js';
import { checkPublicUrl, type UrlPolicy } from './swap/public-url.js';
import type { ResultReader } from './transport/download-route.js';

const timeoutMs = 20_000;
const maxBytes = 30 * 1024 * 1024;

/**
 * Fetches results for those who save them. Though ModelsLab names the addresses, they are treated as a stranger's: public
 * ones only, no redirects, pictures only, within limits of time and size.
 */
export function createResultReader(policy: UrlPolicy): { read: ResultReader; close(): Promise<void> } {
  const agent = policy.allowLoopback ? new Agent() : createGuardedAgent(timeoutMs);

  const fetchPicture = async (url: string) => {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      headers: { accept: 'image/*' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const contentType = String(headers['content-type']).split(';')[0] ?? '';
    if (statusCode !== 200 || !/^image\/(jpeg|png|webp)$/.test(contentType)) {
      body.destroy();
      return undefined;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return { contentType, bytes: Buffer.concat(chunks) };
  };

  return {
    read: async (url) => {
      if ('problem' in checkPublicUrl(url, policy)) return undefined;
      return fetchPicture(url).catch(() => undefined);
    },
    close: () => agent.destroy(),
  };
}
