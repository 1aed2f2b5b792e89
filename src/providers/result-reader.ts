import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { Agent } from 'undici';
import { sniffFormat } from '../lib/pictures/picture-header.js';
import type { Proxies } from '../lib/proxies.js';
import { createConnector } from '../lib/proxy-connector.js';
import { createPublicOnlyAgent, createPublicOrLoopbackAgent } from '../lib/public-only-agent.js';
import { checkPublicUrl, isLoopbackHost, type UrlPolicy } from '../lib/public-url.js';
import type { ResultOutcome, ResultReader, ResultSaver } from '../swap/result-reader.js';
import { type Download, DownloadTimeout, download } from './download.js';
import { contentTypeOf, LocalDiskError, savePicture } from './save-picture.js';

export interface ResultReaderOptions {
  /** With `allowLoopback`, the reader also connects to loopback addresses. */
  policy: UrlPolicy;
  /**
   * Recognizes results that the gateway keeps itself, which are read without a request: gives a function that reads one
   * (undefined: it is gone), or undefined for any other URL.
   */
  findOwn?: ((url: URL) => (() => Promise<Buffer | undefined>) | undefined) | undefined;
  /** Origin of ModelsLab's API as configured; results there may be on a private address. */
  trustedOrigin?: string | undefined;
  /** Undefined: connects directly. */
  proxies?: Proxies | undefined;
  /** Timeout from the request to the last byte. */
  timeoutMs?: number;
  /** The same for results that are saved to a file: nobody waits for them. */
  saveTimeoutMs?: number;
  /** Size limit of one result. */
  maxBytes?: number;
  /** Limit on bytes held in memory by all results together. */
  maxHeldBytes?: number;
}

const defaultTimeoutMs = 20_000;
const defaultSaveTimeoutMs = 120_000;
const defaultMaxBytes = 30 * 1024 * 1024;
/** Signed URLs can be longer than those that clients may give, and providers read up to 8,192 characters, some of which get encoded. */
const maxResultUrlLength = 32_768;
const defaultMaxHeldBytes = 128 * 1024 * 1024;

/** Results expire, and hosts report that in various ways. Any other failure may be temporary. */
const goneStatuses = [401, 403, 404, 410, 451];

/** Unknown host, or a private address. */
const goneCodes = ['ENOTFOUND', 'EPRIVATE'];

type Decoder = (bytes: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>;
const decoders = new Map<string, Decoder>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * Downloads results for archiving. ModelsLab supplies the URLs, but they are untrusted: public addresses only, no
 * redirects, pictures only, with time and size limits. The first bytes decide the type of a result.
 */
export function createResultReader(options: ResultReaderOptions): {
  read: ResultReader;
  save: ResultSaver;
  close(): Promise<void>;
} {
  const { policy, findOwn, trustedOrigin, proxies, timeoutMs = defaultTimeoutMs } = options;
  const { maxBytes = defaultMaxBytes, maxHeldBytes = defaultMaxHeldBytes } = options;
  const { saveTimeoutMs = defaultSaveTimeoutMs } = options;
  const createAgent = policy.allowLoopback ? createPublicOrLoopbackAgent : createPublicOnlyAgent;
  const agent = createAgent(timeoutMs, { proxies });
  const trustedAgent = new Agent({ connect: createConnector({ timeoutMs, proxies }) });
  const isTrusted = (url: string): boolean =>
    trustedOrigin !== undefined && URL.canParse(url) && new URL(url).origin === trustedOrigin;
  const isAllowed = (url: string): boolean =>
    isTrusted(url) || !('problem' in checkPublicUrl(url, policy, maxResultUrlLength));
  const ownReader = (url: string) => (URL.canParse(url) ? findOwn?.(new URL(url)) : undefined);
  let heldBytes = 0;

  /** Sends the request. @returns the response, or why there is none to read */
  const open = async (url: string, limitMs: number, signal: AbortSignal) => {
    const response = await download(url, {
      dispatcher: isTrusted(url) ? trustedAgent : agent,
      headers: { accept: 'image/*', 'accept-encoding': 'identity' },
      timeoutMs: limitMs,
      signal,
    });
    if (response.statusCode === 200) return response;
    response.body.destroy();
    return outcome(
      goneStatuses.includes(response.statusCode) ? 'gone' : 'failed',
      `status ${response.statusCode}`,
    );
  };

  const fetchPicture = async (url: string, signal: AbortSignal, hold: (bytes: number) => boolean) => {
    const response = await open(url, timeoutMs, signal);
    if ('kind' in response) return response;
    const { headers, body } = response;
    const raw = await readBody(body, maxBytes, hold);
    if (typeof raw === 'string') return outcome(raw === 'busy' ? 'busy' : 'failed', raw);
    const decoder = decoderOf(raw, String(headers['content-encoding'] ?? ''));
    // The decoded size is unknown until the end; until then the maximum is reserved.
    if (decoder && !hold(maxBytes)) return outcome('busy', 'busy');
    const bytes = decoder ? await decoder(raw, { maxOutputLength: maxBytes }) : raw;
    const format = sniffFormat(bytes);
    if (format === undefined) return outcome('failed', 'not a picture');
    if (decoder) hold(bytes.length - raw.length - maxBytes);
    return { kind: 'picture', contentType: contentTypeOf(format), bytes } as const;
  };

  return {
    async read(url, signal) {
      const readOwn = ownReader(url);
      if (!readOwn && !isAllowed(url)) return outcome('gone', 'not a public address');
      let ownBytes = 0;
      const release = (): void => {
        heldBytes -= ownBytes;
        ownBytes = 0;
      };
      const hold = (bytes: number): boolean => {
        if (heldBytes + bytes > maxHeldBytes) return false;
        heldBytes += bytes;
        ownBytes += bytes;
        return true;
      };
      let result: ResultOutcome;
      try {
        result = readOwn ? toOutcome(await readOwn(), hold) : await fetchPicture(url, signal, hold);
      } catch (error) {
        result = explain(error, url, policy);
      }
      if (result.kind !== 'picture' || signal.aborted) release();
      else signal.addEventListener('abort', release, { once: true });
      return result;
    },
    async save(url, path, signal) {
      const readOwn = ownReader(url);
      if (!readOwn && !isAllowed(url)) return { kind: 'refused', reason: 'not a public address' };
      try {
        if (readOwn) {
          const bytes = await readOwn();
          if (!bytes) return { kind: 'gone', reason: 'no longer stored' };
          return await savePicture({ headers: {}, body: Readable.from([bytes]) }, path, maxBytes);
        }
        const response = await open(url, saveTimeoutMs, signal);
        if ('kind' in response)
          return { kind: response.kind === 'gone' ? 'gone' : 'failed', reason: response.reason };
        return await savePicture(response, path, maxBytes);
      } catch (error) {
        if (error instanceof LocalDiskError) throw error;
        const { kind, reason } = explain(error, url, policy);
        return { kind: kind === 'gone' ? 'gone' : 'failed', reason };
      }
    },
    async close() {
      await Promise.all([agent.destroy(), trustedAgent.destroy()]);
    },
  };
}

/** The outcome of reading an own result; undefined if it is gone. */
function toOutcome(bytes: Buffer | undefined, hold: (bytes: number) => boolean): ResultOutcome {
  const format = bytes && sniffFormat(bytes);
  if (!bytes || !format) return outcome('gone', 'no longer stored');
  return hold(bytes.length)
    ? { kind: 'picture', contentType: contentTypeOf(format), bytes }
    : outcome('busy', 'busy');
}

type Failure = Exclude<ResultOutcome, { kind: 'picture' }>;

const outcome = (kind: Failure['kind'], reason: string): Failure => ({ kind, reason });

/** @returns the bytes, or why the read failed */
async function readBody(
  body: Download['body'],
  maxBytes: number,
  hold: (bytes: number) => boolean,
): Promise<Buffer | 'busy' | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return 'too large';
    if (!hold(chunk.length)) return 'busy';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Decodes an unsolicited content encoding. Some hosts declare one that they did not apply. */
function decoderOf(bytes: Buffer, encoding: string): Decoder | undefined {
  return sniffFormat(bytes) === undefined ? decoders.get(encoding.trim().toLowerCase()) : undefined;
}

/** Uses the error's code; the message may contain the whole URL. */
function explain(error: unknown, url: string, policy: UrlPolicy): Failure {
  if (error instanceof DownloadTimeout) return outcome('failed', 'timeout');
  const { code, name } = error as { code?: unknown; name?: unknown };
  const reason = typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown';
  // The sandbox keeps its pictures in memory and picks a new port on restart, so nothing listens on the old one.
  const isOldSandbox =
    code === 'ECONNREFUSED' && policy.allowLoopback && isLoopbackHost(new URL(url).hostname);
  const isGone = isOldSandbox || goneCodes.includes(reason);
  return outcome(isGone ? 'gone' : 'failed', reason);
}
