import type { Config } from '../config.js';
import { createApollo } from '../graphql/apollo.js';
import type { GatewayServices } from '../graphql/context.js';
import { limitRules } from '../graphql/operation-limits.js';
import { createSchema } from '../graphql/schema.js';
import type { SwapLog } from '../swap/ports.js';
import { createClientAuth } from './client-auth.js';
import { mountGraphqlOverHttp } from './graphql-over-http.js';
import { mountGraphqlOverWebSocket } from './graphql-over-websocket.js';
import { mountHealthRoutes } from './health-routes.js';
import type { HttpServer } from './http-server.js';
import { mountSamples } from './sample-route.js';
import { mountWebhookRoute, type WebhookRouteOptions } from './webhook-route.js';

export interface TransportOptions extends WebhookRouteOptions {
  config: Config;
  log: SwapLog;
  services: GatewayServices;
  /** Resolves when ready for traffic, throws when not. */
  checkReady(): Promise<void>;
}

/**
 * Everything that can be reached over the network.
 *
 * @returns the way to close it: no new connections, sockets away with 1001, requests in flight finished
 */
export async function mountTransport(
  server: HttpServer,
  options: TransportOptions,
): Promise<() => Promise<void>> {
  const { config, log, services } = options;
  const schema = await createSchema();
  const apollo = createApollo({ schema, introspection: config.introspection, log });
  const authenticate = createClientAuth(config.apiKeys);
  await apollo.start();

  mountHealthRoutes(server, options.checkReady);
  mountWebhookRoute(server, options);
  mountSamples(server);
  if (config.introspection) {
    const { mountGraphqlIde } = await import('./graphql-ide.js');
    await mountGraphqlIde(server);
  }
  mountGraphqlOverHttp(server, { apollo, authenticate, services });
  const closeSockets = mountGraphqlOverWebSocket(server, {
    schema,
    authenticate,
    services,
    rules: limitRules(config),
    isAllowedOrigin: (origin, host) => config.allowedOrigins.includes(origin) || isOwnOrigin(origin, host),
    log,
  });

  return async () => {
    const closed = server.close();
    await closeSockets();
    await closed;
    await apollo.stop();
  };
}

/** A page that the gateway itself served, by whatever name it was reached. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
