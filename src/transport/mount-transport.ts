import helmet from '@fastify/helmet';
import type { Config } from '../config.js';
import { createApollo } from '../graphql/apollo.js';
import type { GatewayServices } from '../graphql/context.js';
import { createErrorPresenter } from '../graphql/error-presenter.js';
import { limitRules } from '../graphql/operation-limits.js';
import { createOperations } from '../graphql/operations.js';
import { createResponseLimit } from '../graphql/response-limit.js';
import { createSchema } from '../graphql/schema.js';
import { readTrustedDocuments } from '../graphql/trusted-documents.js';
import type { FaultReporter } from '../swap/contain.js';
import type { SwapLog } from '../swap/ports.js';
import type { Uploads } from '../uploads/uploads.js';
import { createAdmission } from './admission.js';
import { createAddressReader } from './client-address.js';
import { createClientAuth } from './client-auth.js';
import { createConcurrencyLimit } from './concurrency-limit.js';
import { mountDownloads, type ResultReader } from './download-route.js';
import type { FastPath } from './fast-path-port.js';
import { createGraphqlEndpoint } from './graphql-endpoint.js';
import { mountGraphqlOverHttp } from './graphql-over-http.js';
import { mountGraphqlOverWebSocket } from './graphql-over-websocket.js';
import { mountHealthRoutes } from './health-routes.js';
import type { HttpServer } from './http-server.js';
import { createLoadGauge, createLoadShedder, type LoadGauge } from './load-gauge.js';
import { createHostGuard } from './local-host-guard.js';
import { type MetricsRouteOptions, mountMetricsRoute } from './metrics-route.js';
import { createRateLimiter } from './rate-limiter.js';
import { createWorkReader } from './request-work.js';
import { mountSamples } from './sample-route.js';
import { mountSandboxPictures } from './sandbox-picture-route.js';
import { pageHeaders } from './security-headers.js';
import { drain } from './shutdown.js';
import { type SocketTimes, socketTimes } from './socket-limits.js';
import { closeStalledWrites } from './stalled-writes.js';
import { mountStudio } from './studio-route.js';
import {
  observeAdmission,
  observeAnswers,
  observeErrors,
  observeShedding,
  type TransportObserver,
} from './transport-observer.js';
import { createUnreadResponses, type UnreadLimits } from './unread-responses.js';
import { mountUploads } from './upload-route.js';
import { mountWebhookRoute, type WebhookRouteOptions } from './webhook-route.js';

export interface TransportOptions extends WebhookRouteOptions {
  config: Config;
  log: SwapLog;
  report: FaultReporter;
  services: GatewayServices;
  /** Undefined: every request goes through Fastify and Apollo. Its `intercept` must be given to `createHttpServer`. */
  fastPath: FastPath | undefined;
  /** Where the sandbox that stands in for ModelsLab listens; its pictures come by plain http. Undefined: none does. */
  sandboxUrl: string | undefined;
  /** Undefined: none are taken. */
  uploads: Uploads | undefined;
  /** Under which origin uploads are handed out. */
  pictureOrigin(): string;
  readResult: ResultReader;
  /** Resolves when ready for traffic, throws when not. */
  checkReady(): Promise<void>;
  observer: TransportObserver;
  readMetrics: MetricsRouteOptions['read'];
  overrides?: TransportOverrides | undefined;
}

/** What tests put in the place of the real thing. */
export interface TransportOverrides {
  load?: Pick<LoadGauge, 'delayMs'>;
  times?: Partial<SocketTimes>;
  /** Milliseconds after which a client that reads nothing of a response is disconnected. */
  writeTimeoutMs?: number;
  /** How much of large responses may be held for clients that do not read them. */
  unread?: UnreadLimits;
}

/** Attempts without a valid key, token or webhook token, from one address. */
const failureRate = { perSecond: 2, burst: 100 };
/** Concurrent large responses per address, for each of uploads, samples and sandbox pictures. */
const answersPerAddress = 128;
const writeTimeoutMs = 30_000;

/**
 * Everything that can be reached over the network.
 *
 * @returns the way to close it: no new connections, sockets away with 1001, requests in flight finished
 */
export async function mountTransport(
  server: HttpServer,
  options: TransportOptions,
): Promise<() => Promise<void>> {
  const { config, log, report, services, fastPath, observer, overrides = {} } = options;
  const schema = await createSchema();
  const rules = limitRules(config);
  const present = observeErrors(
    createErrorPresenter({ hideSuggestions: !config.introspection, log }),
    observer,
  );
  const trustedDocuments =
    config.trustedDocuments === undefined ? undefined : readTrustedDocuments(config.trustedDocuments);
  const operations = createOperations(schema, rules, fastPath?.compiler, config.maxQueryCost);
  const apollo = createApollo({ schema, introspection: config.introspection, rules, present, operations });
  const responseLimit = createResponseLimit(config.maxResponseBytes);
  const gauge = createLoadGauge();
  const shedLoad = observeShedding(createLoadShedder(overrides.load ?? gauge, config.maxDelayMs), observer);
  const readAddress = createAddressReader(config.trustedProxies);
  const { jwt, rateLimit } = config;
  const isOpen = config.apiKeys.length === 0 && !jwt;
  const guardHost = createHostGuard({ isOpen });
  const door = createAdmission({
    shedLoad,
    guardHost,
    authenticate: createClientAuth({
      keys: config.apiKeys,
      tokens: jwt && (await import('./jwt-verifier.js')).createJwtVerifier(jwt, log),
      failures: createRateLimiter(failureRate),
    }),
    rates: rateLimit ? createRateLimiter({ perSecond: rateLimit, burst: 4 * rateLimit }) : undefined,
  });
  const admission = observeAdmission(door, observer);
  await apollo.start();

  observeAnswers(server, observer);
  mountHealthRoutes(server, options.checkReady);
  mountMetricsRoute(server, {
    read: options.readMetrics,
    token: config.metricsToken?.reveal(),
    isOpen,
    guardHost,
    readAddress,
    failures: createRateLimiter(failureRate),
  });
  await mountWebhookRoute(server, options, {
    shedLoad,
    readAddress,
    failures: createRateLimiter(failureRate),
    onRefused: observer.webhookRefused,
  });
  const limitReaders = () => createConcurrencyLimit(answersPerAddress, readAddress);
  mountSamples(server, limitReaders());
  if (options.sandboxUrl !== undefined) mountSandboxPictures(server, options.sandboxUrl, limitReaders());
  const isAllowedOrigin = (origin: string, host: string | undefined): boolean =>
    config.allowedOrigins.includes(origin) || isOwnOrigin(origin, host);
  const { uploads, pictureOrigin: origin } = options;
  if (uploads) {
    const limit = limitReaders();
    await mountUploads(server, { uploads, origin, admission, readAddress, isAllowedOrigin, limit });
  }
  mountDownloads(server, { services, admission, readAddress, readResult: options.readResult, log });
  await server.register(async (pages) => {
    const policy = {
      isHttps: config.publicUrl?.startsWith('https:') ?? false,
      allowHttpImages: options.sandboxUrl !== undefined || config.allowHttpImages,
    };
    await pages.register(helmet, pageHeaders(policy));
    if (!(await mountStudio(pages))) log.warn({}, 'the Studio was not built: `npm run build` does it');
    if (config.introspection) {
      const { mountGraphqlIde } = await import('./graphql-ide.js');
      await mountGraphqlIde(pages, server, policy);
    }
  });
  const answer = createGraphqlEndpoint({
    apollo,
    admission,
    readAddress,
    services,
    trustedDocuments,
    cachedExecution: fastPath?.createExecution(operations, present),
    readWork: createWorkReader(operations, trustedDocuments),
    responseLimit,
    unread: createUnreadResponses(overrides.unread),
  });
  mountGraphqlOverHttp(server, answer);
  fastPath?.mountRawPost(server, answer);
  const closeSockets = mountGraphqlOverWebSocket(server, {
    schema,
    operations,
    admission,
    services,
    present,
    responseLimit,
    trustedDocuments,
    readAddress,
    shedLoad,
    caps: config,
    times: { ...socketTimes, ...overrides.times },
    isAllowedOrigin,
    observer,
    log,
    report,
  });

  const stopChecks = closeStalledWrites(server.server, overrides.writeTimeoutMs ?? writeTimeoutMs);

  return async () => {
    await drain(server, closeSockets);
    stopChecks();
    await apollo.stop();
    gauge.close();
  };
}

/** A page that the gateway itself served, by whatever name it was reached. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
