import { type Dispatcher, request as send } from 'undici';
import { readPictureHeader, signatureBytes } from '../lib/pictures/picture-header.js';
import { refuseSize } from '../lib/pictures/picture-limits.js';
import type { Proxies } from '../lib/proxies.js';
import { createPublicOnlyAgent, createPublicOrLoopbackAgent } from '../lib/public-only-agent.js';
import { createRateLimiter } from '../lib/rate-limiter.js';
import type { InputCheck } from '../swap/input-check.js';
import { accountOf } from '../swap/principal.js';

export interface InputCheckOptions {
  /** Whether pictures may be on loopback. */
  allowLoopback: boolean;
  /** Whether the gateway itself serves the picture, which it has checked already. */
  isOwn(url: URL): boolean;
  /** Undefined: connects directly. */
  proxies?: Proxies | undefined;
  /** Timeout of one picture, milliseconds. */
  timeoutMs?: number;
}

/** ModelsLab's smallest input is not documented; nobody finds a face in less. */
const minSide = 64;
const maxBytes = 15 * 1024 * 1024;
/** Metadata may precede the size, such as a thumbnail. */
const maxReadBytes = 512 * 1024;
/** Pictures that are looked at concurrently; others are not checked. */
const maxConcurrent = 64;
/** Nobody can use the gateway to send many requests to a host. Beyond the rate, pictures are not checked. */
const clientRate = { perSecond: 5, burst: 60 };
const hostRate = { perSecond: 5, burst: 60 };

/** Certain: the host says that there is nothing, to everybody. */
const absent = [404, 410];

/**
 * Reads the beginning of each picture, by a request for its first bytes. Hosts that refuse the gateway, are slow, fail or redirect say
 * nothing about what ModelsLab would get, so their pictures pass.
 */
export function createInputCheck({ allowLoopback, isOwn, proxies, timeoutMs = 5000 }: InputCheckOptions): {
  check: InputCheck;
  close(): Promise<void>;
} {
  const agent = (allowLoopback ? createPublicOrLoopbackAgent : createPublicOnlyAgent)(timeoutMs, { proxies });
  const clients = createRateLimiter(clientRate);
  const hosts = createRateLimiter(hostRate);
  let running = 0;

  async function findProblem(client: string, text: string): Promise<string | undefined> {
    const url = new URL(text);
    if (isOwn(url) || running >= maxConcurrent) return undefined;
    if (clients.take(accountOf(client)) > 0 || hosts.take(url.hostname) > 0) return undefined;
    running += 1;
    try {
      return await inspect(text, agent, AbortSignal.timeout(timeoutMs));
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'ENOTFOUND') return 'points to a host that does not exist';
      return code === 'EPRIVATE' ? 'must point to a public host' : undefined;
    } finally {
      running -= 1;
    }
  }

  return {
    async check(client, { initImage, targetImage, referenceImage }) {
      const fields = Object.entries({ initImage, targetImage, referenceImage });
      // Often two of them are the same picture.
      const looked = new Map<string, Promise<string | undefined>>();
      for (const [, url] of fields) if (!looked.has(url)) looked.set(url, findProblem(client, url));
      const problems = await Promise.all(
        fields.map(async ([field, url]) => ({ path: `input.${field}`, message: await looked.get(url) })),
      );
      return problems.flatMap(({ path, message }) => (message === undefined ? [] : [{ path, message }]));
    },
    close: () => agent.destroy(),
  };
}

/** @throws errors of the connection */
async function inspect(
  url: string,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { statusCode, headers, body } = await send(url, {
    dispatcher,
    // Hosts that do not know ranges send everything; the rest is not read.
    headers: { accept: 'image/*', 'accept-encoding': 'identity', range: `bytes=0-${maxReadBytes - 1}` },
    signal,
  });
  // Destroying a body early makes it emit an error; without a listener that would crash the process.
  body.on('error', () => undefined);
  try {
    if (absent.includes(statusCode)) return `points to nothing: its host responds with ${statusCode}`;
    if (statusCode !== 200 && statusCode !== 206) return undefined;
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
      return undefined;
    const bytes = sizeOf(headers);
    if (bytes !== undefined && bytes > maxBytes)
      return `has ${Math.ceil(bytes / 1e6)} MB; at most ${Math.floor(maxBytes / 1e6)} MB are accepted`;
    return await readProblem(body);
  } finally {
    body.destroy();
  }
}

/**
 * Reads until the size of the picture is known, or cannot be. Looks again whenever there is twice as much: a host that sends byte by byte
 * would otherwise cause a search through everything for each of them.
 */
async function readProblem(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  let enough = signatureBytes;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length < enough) continue;
    const header = readPictureHeader(Buffer.concat(chunks));
    if (!header) return 'is not a picture';
    if (header.size) return sizeProblem(header.size);
    if (length >= maxReadBytes) return undefined;
    enough = Math.min(length * 2, maxReadBytes);
  }
  const header = readPictureHeader(Buffer.concat(chunks));
  if (!header) return 'is not a picture';
  return header.size && sizeProblem(header.size);
}

function sizeProblem(size: { width: number; height: number }): string | undefined {
  const { width, height } = size;
  if (width < minSide || height < minSide)
    return `has ${width} × ${height} pixels; at least ${minSide} per side are needed`;
  return refuseSize(size) && `has ${width} × ${height} pixels, which is too large`;
}

/** Of the whole file. */
function sizeOf(headers: Record<string, string | string[] | undefined>): number | undefined {
  const [, total] = /\/(\d+)$/.exec(String(headers['content-range'] ?? '')) ?? [];
  const bytes = Number(total ?? headers['content-length']);
  return Number.isFinite(bytes) ? bytes : undefined;
}
