import helmet from '@fastify/helmet';
import type { ClientRegistry } from '../clients/client-registry.js';
import type { Config } from '../config/config.js';
import type { GatewayServices } from '../graphql/context.js';
import { createApollo } from '../graphql/execution/apollo.js';
import { createCompiledOperations } from '../graphql/execution/compiled-operations.js';
import { createErrorFormatter } from '../graphql/execution/format-error.js';
import { limitRules } from '../graphql/execution/limits.js';
import { createResponseLimit } from '../graphql/execution/response-limit.js';
import { readTrustedDocuments } from '../graphql/execution/trusted-documents.js';
import { createSchema } from '../graphql/schema/schema.js';
import type { Clock } from '../lib/clock.js';
import type { FaultReporter } from '../lib/contain.js';
import { createRateLimiter } from '../lib/rate-limiter.js';
import { disclosureHeader, disclosureHeaderValue } from '../provenance/disclosure.js';
import { createAdmission } from '../server/access/admission.js';
import { auditLogins } from '../server/access/audit-logins.js';
import { createAuthenticator } from '../server/access/authenticate.js';
import { createAddressReader } from '../server/access/client-address.js';
import type { ClientTokens } from '../server/access/client-tokens.js';
import { createConcurrencyLimit } from '../server/access/concurrency-limit.js';
import { createHostGuard } from '../server/access/host-guard.js';
import {
  createLoadGauge,
  createLoadShedder,
  createStartCheck,
  type LoadGauge,
} from '../server/access/load-shedder.js';
import type { OriginPolicy } from '../server/access/origin-policy.js';
import { createWorkReader } from '../server/access/request-work.js';
import type { FastPath } from '../server/fast-path-port.js';
import { createGraphqlHandler } from '../server/http/graphql-handler.js';
import { mountGraphqlRoute } from '../server/http/graphql-route.js';
import { pageHeaders } from '../server/http/headers.js';
import type { HttpServer } from '../server/http/http-server.js';
import { closeStalledWrites } from '../server/http/stalled-writes.js';
import { createOperationTracing } from '../server/http/trace-operations.js';
import { createUnreadResponses, type UnreadLimits } from '../server/http/unread-responses.js';
import {
  observeAdmission,
  observeErrors,
  observeResponses,
  observeShedding,
  type ServerObserver,
} from '../server/observer.js';
import { mountDownloads } from '../server/routes/downloads.js';
import { mountFiles } from '../server/routes/files.js';
import { mountHealthRoutes } from '../server/routes/health.js';
import { type MetricsRouteOptions, mountMetricsRoute } from '../server/routes/metrics.js';
import { mountWebhookRoute, type WebhookRouteOptions } from '../server/routes/provider-webhook.js';
import { mountSamples } from '../server/routes/samples.js';
import { mountSandboxPictures } from '../server/routes/sandbox-pictures.js';
import { mountStudio } from '../server/routes/studio.js';
import { mountUploads } from '../server/routes/uploads.js';
import { drain } from '../server/shutdown.js';
import { type SocketTimes, socketTimes } from '../server/websocket/limits.js';
import type { FileReader } from '../swap/file-reader.js';
import type { SwapLog } from '../swap/ports.js';
import type { ResultReader } from '../swap/result-reader.js';
import type { Tracing } from '../swap/tracing.js';
import type { Uploads } from '../uploads/uploads.js';
import { mountSubscriptions } from './mount-subscriptions.js';
import { proxiesOf } from './proxies.js';

export interface ServerOptions extends WebhookRouteOptions {
  config: Config;
  clock: Clock;
  log: SwapLog;
  report: FaultReporter;
  services: GatewayServices;
  clients: Pick<ClientRegistry, 'findKey' | 'isCurrent'>;
  clientTokens: ClientTokens | undefined;
  /** Undefined: every request goes through Fastify and Apollo. Its `intercept` must be given to `createHttpServer`. */
  fastPath: FastPath | undefined;
  origins: OriginPolicy;
  /** URL of the sandbox, which serves its pictures over plain HTTP. Undefined: swaps go to ModelsLab. */
  sandboxUrl: string | undefined;
  /** Undefined: uploads are disabled. */
  uploads: Uploads | undefined;
  /** Origin of upload URLs. */
  pictureOrigin(): string;
  readResult: ResultReader;
  /** Undefined: results are not archived. */
  fileReader?: FileReader | undefined;
  /** Resolves when ready for traffic, throws when not. */
  checkReady(): Promise<void>;
  observer: ServerObserver;
  tracing: Tracing;
  readMetrics: MetricsRouteOptions['read'];
  overrides?: ServerOverrides | undefined;
}

/** Replaced in tests. */
export interface ServerOverrides {
  load?: Partial<LoadGauge>;
  times?: Partial<SocketTimes>;
  /** Milliseconds after which a client that reads nothing of a response is disconnected. */
  writeTimeoutMs?: number;
  /** Limits on large responses that clients have not read yet. */
  unread?: UnreadLimits;
}

/** Limit on attempts without a valid key, token or webhook token, per address. */
const failureRate = { perSecond: 2, burst: 100 };
/** Concurrent large responses per address, for each of uploads, samples and sandbox pictures. */
const responsesPerAddress = 128;
const writeTimeoutMs = 30_000;

/**
 * Mounts all HTTP routes and the WebSocket server.
 *
 * @returns a function that shuts the server down: it stops accepting connections, closes sockets with 1001, and finishes the
 * requests in flight
 */
export async function createServer(server: HttpServer, options: ServerOptions): Promise<() => Promise<void>> {
  const { config, log, report, services, fastPath, observer, tracing, overrides = {} } = options;
  const { audit } = services;
  const schema = await createSchema();
  const rules = limitRules({ introspection: config.introspection });
  const formatError = observeErrors(
    createErrorFormatter({ hideSuggestions: !config.introspection, log }),
    observer,
  );
  const trustedDocuments =
    config.trustedDocuments === undefined ? undefined : readTrustedDocuments(config.trustedDocuments);
  const operations = createCompiledOperations(schema, rules, fastPath?.compiler, config.maxQueryCost);
  const apollo = createApollo({
    schema,
    introspection: config.introspection,
    rules,
    formatError,
    operations,
  });
  const responseLimit = createResponseLimit(config.maxResponseBytes);
  const gauge = createLoadGauge();
  const load = { ...gauge, ...overrides.load };
  const shedLoad = observeShedding(createLoadShedder(load, config.maxDelayMs), observer);
  const readAddress = createAddressReader(config.trustedProxies);
  const { jwt, rateLimit, isOpen } = config;
  const tokens =
    jwt &&
    (await import('../server/access/jwt.js')).createJwtVerifier(jwt, log, options.clock, proxiesOf(config));
  const guardHost = createHostGuard({ isOpen });
  const authenticator = createAuthenticator({
    isOpen,
    keys: options.clients,
    tokens,
    clientTokens: options.clientTokens,
    failures: createRateLimiter(failureRate),
  });
  const unobservedAdmission = createAdmission({
    shedLoad,
    guardHost,
    authenticator: isOpen ? authenticator : auditLogins(authenticator, audit),
    rates: rateLimit ? createRateLimiter({ perSecond: rateLimit, burst: 4 * rateLimit }) : undefined,
  });
  const admission = observeAdmission(unobservedAdmission, observer);
  await apollo.start();

  observeResponses(server, observer);
  mountHealthRoutes(server, options.checkReady, createStartCheck(load, config.maxDelayMs));
  mountMetricsRoute(server, {
    read: options.readMetrics,
    token: config.metricsToken?.reveal(),
    isOpen,
    guardHost,
    readAddress,
    failures: createRateLimiter(failureRate),
    audit,
  });
  await mountWebhookRoute(server, options, {
    shedLoad,
    readAddress,
    failures: createRateLimiter(failureRate),
    onRefused: observer.webhookRejected,
  });
  const limitReaders = () => createConcurrencyLimit(responsesPerAddress, readAddress);
  mountSamples(server, limitReaders());
  if (options.sandboxUrl !== undefined) mountSandboxPictures(server, options.sandboxUrl, limitReaders());
  const { accepts: isAllowedOrigin } = options.origins;
  const { uploads, pictureOrigin: origin } = options;
  if (uploads) {
    const limit = limitReaders();
    await mountUploads(server, { uploads, origin, admission, readAddress, isAllowedOrigin, limit, audit });
  }
  const { fileReader, readResult } = options;
  const pictureHeaders = { [disclosureHeader]: disclosureHeaderValue(config.disclosureText) };
  const results = { readAddress, log, pictureHeaders };
  if (fileReader) mountFiles(server, { ...results, files: fileReader, limit: limitReaders() });
  mountDownloads(server, { ...results, services, admission, readResult, fileReader });
  await server.register(async (pages) => {
    const policy = {
      isHttps: config.publicUrl?.startsWith('https:') ?? false,
      allowHttpImages: options.sandboxUrl !== undefined || config.allowHttpImages,
    };
    await pages.register(helmet, pageHeaders(policy));
    const facts = () => ({
      hasIde: config.introspection,
      ...(config.isOpen && { samples: services.readSamples() }),
    });
    if (!(await mountStudio(pages, facts)))
      log.warn({}, 'the Studio has not been built; run `npm run build`');
    if (config.introspection) {
      const { mountGraphqlIde } = await import('../server/routes/graphql-ide.js');
      await mountGraphqlIde(pages, server, policy, origin);
    }
  });
  const handleGraphql = createGraphqlHandler({
    apollo,
    admission,
    readAddress,
    services,
    trustedDocuments,
    cachedExecution: fastPath?.createExecution(operations, formatError),
    readWork: createWorkReader(operations, trustedDocuments),
    trace: createOperationTracing(tracing, operations, trustedDocuments),
    responseLimit,
    unread: createUnreadResponses(overrides.unread),
  });
  const subscriptions = mountSubscriptions(server, {
    ...{ config, log, report, services, observer, tracing, schema, operations, admission, formatError },
    ...{ responseLimit, trustedDocuments, readAddress, shedLoad, isAllowedOrigin },
    times: { ...socketTimes, ...overrides.times },
  });
  mountGraphqlRoute(server, handleGraphql, subscriptions.events);
  fastPath?.mountRawPost(server, handleGraphql);

  const stopChecks = closeStalledWrites(server.server, overrides.writeTimeoutMs ?? writeTimeoutMs);

  return async () => {
    await drain(server, subscriptions.close);
    stopChecks();
    tokens?.close();
    await apollo.stop();
    gauge.close();
  };
}
