import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import { createEmbeddedEngine } from './engine.js';
import { createGatewayStatusReader } from './gateway-status.js';
import type { GatewayServices } from './graphql/context.js';
import { readVersion } from './project-files.js';
import type { CheckpointHook, Clock, SwapPolicy } from './swap/ports.js';
import { restoreSwaps } from './swap/restore-swaps.js';
import { createSwapCompleter } from './swap/swap-completion.js';
import { createSwapJournal } from './swap/swap-journal.js';
import { createSwapOrderParser } from './swap/swap-request.js';
import { createSwapRunner } from './swap/swap-runner.js';
import { createSwapService } from './swap/swap-service.js';
import { createWebhookTokens } from './swap/webhook-tokens.js';
import { systemClock } from './system-clock.js';
import { createHttpServer, type HttpServer } from './transport/http-server.js';
import { mountTransport } from './transport/mount-transport.js';
import { webhookPath } from './transport/webhook-route.js';
import { connectUpstream } from './upstream.js';

export interface Gateway {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  url: string;
  /** `SANDBOX`: no ModelsLab key was given, nothing is paid for. */
  upstream: 'LIVE' | 'SANDBOX';
  /** Ends in order: no new requests, those in flight finished, sockets away with 1001, then queue and store. */
  close(): Promise<void>;
}

/** What tests put in the place of the real thing. */
export interface GatewayOverrides {
  clock?: Clock;
  /** Called at named moments between two durable steps. */
  checkpoint?: CheckpointHook;
}

const maxPollIntervalMs = 30_000;

/**
 * Puts the gateway together and starts it. The only place that knows every part.
 *
 * @throws Error with a message for the operator: port taken, data directory not usable
 */
export async function createGateway(
  config: Config,
  log: Logger,
  overrides: GatewayOverrides = {},
): Promise<Gateway> {
  const { clock = systemClock, checkpoint = () => undefined } = overrides;
  const policy: SwapPolicy = {
    ...config,
    maxPollIntervalMs: Math.max(maxPollIntervalMs, config.pollIntervalMs),
  };
  const engine = createEmbeddedEngine({ ...config, slots: config.queueLimit, policy, clock, log });
  const upstream = await connectUpstream(config, log);
  const tokens = createWebhookTokens(config.webhookSecret?.reveal() ?? engine.webhookSecret());
  const { store, ledger, queue, events } = engine;
  const { provider } = upstream;
  let publicUrl = config.publicUrl;

  const journal = createSwapJournal({
    store,
    ledger,
    events,
    clock,
    policy,
    log,
    checkpoint,
    onEnded: () => undefined,
  });
  const life = { store, ledger, events, queue, journal, provider, clock, policy, log, checkpoint };
  const runner = createSwapRunner({
    ...life,
    webhookUrl: (id) => `${publicUrl}${webhookPath}${tokens.issue(id)}`,
  });
  const services: GatewayServices = {
    swaps: createSwapService(life),
    parseOrder: createSwapOrderParser({
      allowHttp: config.allowHttpImages,
      allowLoopback: upstream.mode === 'SANDBOX',
    }),
    readStatus: createGatewayStatusReader(
      { version: readVersion(), upstream: upstream.mode, queueLimit: config.queueLimit },
      queue,
      provider,
    ),
  };

  let isDraining = false;
  const closeEngine = async (): Promise<void> => {
    await engine.close();
    await upstream.close();
  };
  try {
    const server = await createHttpServer({ log, allowedOrigins: config.allowedOrigins });
    const closeTransport = await mountTransport(server, {
      config,
      log,
      services,
      tokens,
      complete: createSwapCompleter(life),
      readReport: provider.readReport,
      async checkReady() {
        if (isDraining) throw new Error('the gateway is shutting down');
        await store.ping();
      },
    });
    await restoreSwaps(life);
    await server.listen({ host: config.host, port: config.port });
    const url = addressOf(server);
    publicUrl ??= url;
    queue.start({
      run: runner.run,
      async expire(id) {
        const swap = await store.get(id);
        if (swap) await journal.apply(swap, { type: 'expired' });
      },
    });
    return {
      url,
      upstream: upstream.mode,
      async close() {
        isDraining = true;
        await closeTransport();
        await closeEngine();
      },
    };
  } catch (error) {
    await closeEngine();
    throw error;
  }
}

function addressOf(server: HttpServer): string {
  const { address, family, port } = server.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
