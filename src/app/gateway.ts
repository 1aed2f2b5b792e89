import type { Logger } from 'pino';
import type { Backend } from '../backends/backend.js';
import type { Config } from '../config/config.js';
import { createFastPath } from '../fast-path/fast-path.js';
import { systemClock } from '../lib/clock.js';
import { readVersion } from '../lib/project-files.js';
import { untilAborted } from '../lib/until-aborted.js';
import { addressOf, createHttpServer } from '../server/http/http-server.js';
import { webhookPath } from '../server/routes/provider-webhook.js';
import { type ConsentEvidence, exportConsents } from '../swap/consent.js';
import type { FileReader } from '../swap/file-reader.js';
import { instrumentService } from '../telemetry/instrument-service.js';
import { createPushTimer } from '../telemetry/push-timer.js';
import { pictureOrigin } from '../uploads/picture-origin.js';
import type { Uploads } from '../uploads/uploads.js';
import { startAdministration } from './admin.js';
import { openAuditLog } from './audit.js';
import { openClients } from './clients.js';
import { createBackend } from './create-backend.js';
import { createServer } from './create-server.js';
import { protectDataDir } from './data-dir.js';
import type { GatewayOverrides } from './gateway-overrides.js';
import { createIdentity } from './identity.js';
import { openInputCheck } from './input-check.js';
import { openOrigins } from './origins.js';
import { createOwnPictures, imagePolicyOf } from './own-pictures.js';
import { logTransport } from './picture-transport.js';
import { connectProvider } from './provider.js';
import { createReloads } from './reloads.js';
import { openResults } from './results.js';
import { createServices } from './services.js';
import { storeSourceOf } from './store-source.js';
import { swapPolicyOf } from './swap-policy.js';
import { createSwapSystem } from './swap-system.js';
import { openTelemetry } from './telemetry.js';
import { openUploads } from './uploads.js';

export interface Gateway {
  /** The URL it listens on, such as `http://127.0.0.1:4000`. */
  url: string;
  /** The URL of the administration; undefined without ADMIN_PORT. */
  adminUrl: string | undefined;
  /** `SANDBOX`: no ModelsLab key is configured, and nothing is charged. */
  upstream: 'LIVE' | 'SANDBOX';
  /**
   * Shuts down gracefully: stops accepting requests, finishes those in flight, closes sockets with 1001, then closes queue and
   * store. Idempotent.
   */
  close(): Promise<void>;
  /**
   * After `close`: stops waiting for anything but submissions in flight to ModelsLab, whose responses are paid for. `close`
   * resolves once those are stored.
   */
  closeNow(): void;
  /** Reads files again that may change while the gateway runs. Never rejects. */
  reload(): Promise<void>;
  /** All evidence of consent, in the order in which it was given. */
  exportConsents(): AsyncIterable<ConsentEvidence>;
  /** See `Backend.backUp`. Undefined: the store has means of its own. */
  backUp: Backend['backUp'];
}

/**
 * Listen backlog, if the system allows it. After a restart all subscribers reconnect at once, and a client whose connection does
 * not fit retries only after a second or more.
 */
const backlog = 4096;

/**
 * Wires all parts of the gateway and starts it.
 *
 * @throws Error with a message for the operator, such as: port in use, data directory not usable
 */
export async function createGateway(
  config: Config,
  baseLog: Logger,
  overrides: GatewayOverrides = {},
): Promise<Gateway> {
  const { clock = systemClock, failpoint = () => undefined, signal, wrapSync } = overrides;
  const telemetry = await openTelemetry(config, baseLog, clock.now);
  const { log, metrics, report, tracing, traces } = telemetry;
  let listening: string | undefined;
  let uploads: Uploads | undefined;
  let fileReader: FileReader | undefined;
  const findOwn = createOwnPictures({
    publicUrl: config.publicUrl,
    listening: () => listening,
    sandbox: () => upstream.sandbox,
    uploads: () => uploads,
    files: () => fileReader,
  });
  const upstream = await connectProvider(
    config,
    log,
    { onCall: metrics.called, onUnexpected: metrics.unexpected },
    findOwn,
    overrides.sandbox,
    overrides.acceptsLoopback,
  );
  const { provider, mode, sandbox } = upstream;
  let publicUrl = config.publicUrl;
  const imagePolicy = imagePolicyOf(config, findOwn, overrides.acceptsLoopback);
  let pictures = { origin: publicUrl ?? '', isReachable: false };
  const closing: (() => Promise<void>)[] = [telemetry.close, upstream.close];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };

  try {
    const reloads = createReloads(log);
    const auditLog = await openAuditLog(config, clock, log, reloads);
    closing.push(auditLog.close);
    const policy = swapPolicyOf(config);
    const clients = await openClients(config, clock, log, reloads);
    closing.push(clients.close);
    const { rulesOf } = clients.registry;
    protectDataDir(config.dataDir, log);
    const opened = await createBackend(config, { policy, clock, log, report, failpoint, wrapSync });
    const backend = { ...opened, store: telemetry.followStore(opened.store) };
    closing.push(backend.close);
    const identity = await createIdentity(config, backend, clients.registry);
    const results = await openResults({
      config,
      backend,
      policy: imagePolicy,
      // Where loopback may be reached, results are fetched as in production.
      findOwn: sandbox && !imagePolicy.allowLoopback ? findOwn : undefined,
      origin: () => publicUrl ?? '',
      log,
      failpoint,
      observer: metrics.archive,
      tracing,
    });
    closing.push(results.close);
    const { archive } = results;
    const inputCheck = openInputCheck(config, findOwn, imagePolicy.allowLoopback);
    closing.push(inputCheck.close);
    const swapSystem = createSwapSystem({
      backend,
      provider: traces.provider(provider),
      tracing,
      policy,
      rulesOf,
      maxWaitsPerClient: config.maxSubscriptionsPerClient,
      webhookSecrets: config.webhookSecrets.map((secret) => secret.reveal()),
      isRestored: config.isRestored,
      consent: { secret: config.consentSecret?.reveal(), retentionMs: config.consentRetentionMs },
      signingSecrets: identity.signingSecrets,
      log,
      report,
      failpoint,
      observer: metrics.swaps,
      archive,
      config,
      checkInputs: inputCheck.check,
      uploads: () => uploads,
      origin: () => pictures.origin,
      webhookUrl: (token) => `${publicUrl}${webhookPath(provider.name, token)}`,
    });
    closing.push(swapSystem.close);
    fileReader = swapSystem.fileReader;
    const pushes = createPushTimer(metrics.pushes, backend.clock);
    metrics.follow({
      version: readVersion(),
      upstream: mode,
      queue: { slots: config.queueLimit, ...backend.queue },
      isUpstreamAvailable: provider.isAvailable,
      accountFacts: swapSystem.accountFacts,
      settingsConflicts: backend.settingsConflicts,
      archive,
      store: storeSourceOf(config, backend),
      isClientsFileValid: clients.isValid,
      droppedLogLines: overrides.droppedLogLines ?? (() => 0),
      lostAuditLines: auditLog.lost,
    });
    uploads = await openUploads(config, backend.isShared, clock, log, metrics.pictures);
    if (uploads) closing.push(uploads.close);
    const services = createServices({
      config,
      mode,
      imagePolicy,
      findOwn,
      rulesOf,
      identity,
      audit: auditLog.audit,
      swaps: instrumentService(traces.service(swapSystem.swaps), metrics.operated),
      queue: backend.queue,
      provider,
      uploads,
      erasures: swapSystem.erasures,
      pictures: () => pictures,
    });

    const origins = openOrigins(config, log);
    let isDraining = false;
    const fastPath = config.fastPath
      ? createFastPath({
          origins,
          observer: metrics.transport,
          log,
          report,
          peekCached: swapSystem.peekCached,
          onCachedRead: () => metrics.operated('get', 'ok'),
          urlPeriod: archive?.urls.period,
        })
      : undefined;
    const server = await createHttpServer({
      log,
      origins,
      trustedProxies: config.trustedProxies,
      report,
      intercept: fastPath?.intercept,
    });
    const closeTransport = await createServer(server, {
      config,
      clock,
      log,
      report,
      services,
      clients: clients.registry,
      clientTokens: identity.clientTokens,
      origins,
      fastPath,
      sandboxUrl: sandbox?.url,
      uploads,
      pictureOrigin: () => pictures.origin,
      readResult: results.read,
      fileReader,
      overrides: overrides.transport,
      observer: {
        ...metrics.transport,
        webhookRejected: () => metrics.pushes.webhook('refused'),
        followSubscriptions: metrics.pushes.followSubscriptions,
        pushed: traces.pushes(pushes.pushed),
      },
      tracing,
      readMetrics: metrics.read,
      tokens: swapSystem.tokens,
      complete: pushes.timeWebhooks(traces.webhooks(swapSystem.handleWebhook)),
      provider,
      async checkReady() {
        if (isDraining) throw new Error('the gateway is shutting down');
        await backend.store.ping();
      },
    });
    closing.push(closeTransport);
    await untilAborted(swapSystem.restore(), signal);
    await server.listen({ host: config.host, port: config.port, backlog });
    // An error while accepting a connection, such as at the file descriptor limit, must not end the process.
    server.server.on('error', (error) => report('listener', error));
    const parts = { backend, provider, uploads, swapSystem, log, report };
    const own = { clients: clients.registry, audit: auditLog.audit };
    const admin = await startAdministration(config, { ...parts, ...own });
    closing.push(admin.close);
    const url = addressOf(server);
    listening = url;
    pictures = pictureOrigin(publicUrl, url, imagePolicy);
    publicUrl ??= url;
    logTransport(config, pictures.origin, log);
    await untilAborted(swapSystem.start(), signal);

    let closed: Promise<void> | undefined;
    const hurrying = new AbortController();
    const whenHurried = new Promise<void>((resolve) => {
      hurrying.signal.addEventListener('abort', () => resolve(swapSystem.finishSubmissions()));
    });
    return {
      url,
      adminUrl: admin.url,
      upstream: mode,
      close() {
        isDraining = true;
        swapSystem.drain();
        closed ??= Promise.race([closeAll(), whenHurried]);
        return closed;
      },
      closeNow: () => hurrying.abort(),
      reload: reloads.run,
      backUp: backend.backUp,
      exportConsents: () => exportConsents(backend.consents),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
