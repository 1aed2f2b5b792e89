import { once, setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AccountRequests, type AccountState, createAccount } from './account.js';
import { createFaultDesk } from './fault-draw.js';
import { createImageSource, type ImageSourceOptions } from './image-source.js';
import { createPictureMaker, createPlaceholderMaker } from './picture-maker.js';
import { createPictureStore } from './picture-store.js';
import type { SandboxContext } from './sandbox-context.js';
import type { SandboxFaults } from './sandbox-faults.js';
import { type AcceptedSubmission, createJobRegistry } from './sandbox-jobs.js';
import { type SandboxLogger, silentLogger } from './sandbox-logger.js';
import { createRoutes } from './sandbox-routes.js';
import { createScript, type ScriptedExchange } from './sandbox-script.js';
import { createWebhooks } from './sandbox-webhooks.js';

export type { SandboxFaults } from './sandbox-faults.js';
export { noFaults } from './sandbox-faults.js';
export type { AcceptedSubmission, PictureReport } from './sandbox-jobs.js';
export type { SandboxLogger } from './sandbox-logger.js';
export type { ScriptedExchange } from './sandbox-script.js';

export interface SandboxOptions {
  /** Default 127.0.0.1. Anyone who can reach the sandbox can make it fetch any URL that `images` allows. */
  readonly host?: string | undefined;
  /** Default 0: a free port. */
  readonly port?: number | undefined;
  /** The only key that does not get a 401. Default: any non-empty key. */
  readonly apiKey?: string | undefined;
  /** Maximum number of swaps queued or generating at a time. Default 5, as on pay-as-you-go. */
  readonly queueLimit?: number | undefined;
  /** Default 1. The same seed and the same order of submits produce the same faults. */
  readonly seed?: number | undefined;
  /** Overrides of `noFaults`. */
  readonly faults?: Partial<SandboxFaults> | undefined;
  /** The first swap's id. Default: derived from the clock, so that a restarted sandbox does not reuse ids. */
  readonly firstId?: number | undefined;
  /** False: no image is fetched and every result is the same gray dot, under its own URL. Default true. */
  readonly render?: boolean | undefined;
  /** Origin of links in responses. Default: the host that the request was sent to. */
  readonly publicUrl?: string | undefined;
  /** Which pictures it may fetch. */
  readonly images?: ImageSourceOptions | undefined;
  /** Default: silent. */
  readonly logger?: SandboxLogger | undefined;
}

export interface Sandbox {
  /** Origin, e.g. http://127.0.0.1:41234. */
  readonly url: string;
  /** `${url}/api/v6/deepfake`. */
  readonly baseUrl: string;
  /** Every accepted, and so paid, submission in order of acceptance, in its current state. */
  submissions(): readonly AcceptedSubmission[];
  /** The maximum number of swaps it held at a time. */
  peakQueued(): number;
  /** How often each fault struck. */
  injected(): Record<string, number>;
  /** The picture at `/generations/{name}.jpg`; undefined if the name is unknown, or newer pictures have evicted it. */
  readPicture(name: string): Buffer | undefined;
  /** Changes the given faults and leaves the others. @throws Error if one is unknown or out of range */
  setFaults(faults: Partial<SandboxFaults>): void;
  /** Changes the balance, the price of a swap, or how the endpoints about the account respond. @throws Error as above */
  setAccount(change: Partial<AccountState>): void;
  account(): AccountState & { requests: AccountRequests };
  /** Scripts the response to the next submit that matches. @throws Error if the exchange is malformed */
  next(exchange: ScriptedExchange): void;
  /** Drops unfinished work and open connections. Idempotent. */
  close(): Promise<void>;
}

const maxPictureBytes = 64 * 1024 * 1024;
const firstIdEver = 118_409_305;

/**
 * A simulation of ModelsLab: an HTTP server with its paths, bodies, queue limit and webhooks, which draws a picture
 * instead of running a model. For development and tests.
 * @throws Error if a fault is unknown or out of range, or the port is in use
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, seed = 1, queueLimit = 5, render = true } = options;
  const { logger = silentLogger, firstId = freshFirstId() } = options;
  const lifetime = new AbortController();
  const { signal } = lifetime;
  setMaxListeners(0, signal);
  const background = new Set<Promise<unknown>>();

  const desk = createFaultDesk(seed, options.faults);
  const jobs = createJobRegistry(firstId, Date.now);
  const script = createScript();
  const webhooks = createWebhooks(desk, jobs, signal, logger);
  const account = createAccount();
  const context: SandboxContext = {
    account,
    desk,
    jobs,
    script,
    webhooks,
    logger,
    queueLimit,
    signal,
    maker: render ? createPictureMaker(signal, createImageSource(options.images)) : createPlaceholderMaker(),
    pictures: createPictureStore(maxPictureBytes),
    apiKey: options.apiKey,
    publicUrl: options.publicUrl?.replace(/\/+$/, ''),
    inBackground: (work) => {
      const tracked = work
        .catch((error: unknown) => {
          if (!signal.aborted) logger.warn({ error: String(error) }, 'sandbox: background work failed');
        })
        .finally(() => background.delete(tracked));
      background.add(tracked);
    },
  };

  const server = createServer({ keepAliveTimeout: 65_000 }, createRoutes(context));
  server.listen(port, host);
  await once(server, 'listening');
  const { port: boundPort, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${host}]` : host}:${boundPort}`;
  logger.info({ url, queueLimit, seed }, 'sandbox: listening');

  return {
    url,
    baseUrl: `${url}/api/v6/deepfake`,
    submissions: jobs.rows,
    peakQueued: jobs.peakQueued,
    injected: desk.injected,
    readPicture: context.pictures.get,
    setFaults: desk.set,
    setAccount: account.set,
    account: () => ({ ...account.current(), requests: { ...account.requests } }),
    next: script.add,
    close: async () => {
      if (signal.aborted) return;
      lifetime.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, webhooks.close(), context.maker.close(), ...background]);
    },
  };
}

/** Ten ids per second since 2026: enough for any rate that the sandbox sustains. */
function freshFirstId(): number {
  return firstIdEver + Math.max(0, Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 100));
}
