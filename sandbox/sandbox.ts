import { once, setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFaultDesk } from './fault-draw.js';
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
  /** Default 127.0.0.1. Whoever can reach the sandbox can make it fetch any address. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** The only key that is not answered with 401. Default: any that is not empty. */
  readonly apiKey?: string | undefined;
  /** Swaps that may be queued or generating at one time. Default 5, as on pay-as-you-go. */
  readonly queueLimit?: number | undefined;
  /** Default 1. The same seed and the same order of submits give the same faults. */
  readonly seed?: number | undefined;
  /** On top of `noFaults`. */
  readonly faults?: Partial<SandboxFaults> | undefined;
  /** The first swap's id. Default: from the clock, so that a restarted sandbox does not give ids again. */
  readonly firstId?: number | undefined;
  /** False: no image is fetched and every result is the same grey dot, under its own address. Default true. */
  readonly render?: boolean | undefined;
  /** Origin for the links in answers. Default: the host by which the request came. */
  readonly publicUrl?: string | undefined;
  /** Default: silent. */
  readonly logger?: SandboxLogger | undefined;
}

export interface Sandbox {
  /** Origin, e.g. http://127.0.0.1:41234. */
  readonly url: string;
  /** `${url}/api/v6/deepfake`. */
  readonly baseUrl: string;
  /** Every accepted, so paid, submission in order of acceptance, as it is now. */
  submissions(): readonly AcceptedSubmission[];
  /** The most swaps it ever held at one time. */
  peakQueued(): number;
  /** How often each fault struck. */
  injected(): Record<string, number>;
  /** Changes the faults named and leaves the others. @throws Error when one is unknown or out of range. */
  setFaults(faults: Partial<SandboxFaults>): void;
  /** Answers the next submit that matches literally. @throws Error when the exchange is malformed. */
  next(exchange: ScriptedExchange): void;
  /** Drops unfinished work and open connections. Safe to call twice. */
  close(): Promise<void>;
}

const maxPictureBytes = 64 * 1024 * 1024;
const firstIdEver = 118_409_305;

/**
 * A ModelsLab of our own: an HTTP server with its paths, bodies, queue limit and webhooks, which draws a picture
 * instead of running a model. For development and tests.
 * @throws Error when a fault is unknown or out of range, or the port is taken.
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
  const context: SandboxContext = {
    desk,
    jobs,
    script,
    webhooks,
    logger,
    queueLimit,
    signal,
    maker: render ? createPictureMaker(signal) : createPlaceholderMaker(),
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
    setFaults: desk.set,
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

/** Ten ids for each second since 2026: room for any rate that a run of the sandbox keeps up. */
function freshFirstId(): number {
  return firstIdEver + Math.max(0, Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 100));
}
