import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Backend } from '../backends/backend.js';
import type { ClientRegistry } from '../clients/client-registry.js';
import type { Config } from '../config/config.js';
import type { FaultReporter } from '../lib/contain.js';
import type { AdminRoute } from '../server/admin/admin-route.js';
import { createAdminServer } from '../server/admin/admin-server.js';
import { createBackupRoute } from '../server/admin/backup-route.js';
import { createClientsRoute } from '../server/admin/clients-route.js';
import { createConsentsRoute } from '../server/admin/consents-route.js';
import { createEraseRoute } from '../server/admin/erase-route.js';
import {
  createPauseRoute,
  createQueueRoute,
  createQueueSwapsRoute,
  createResumeRoute,
} from '../server/admin/queue-route.js';
import { createRedeliverRoute, createRequeueRoute } from '../server/admin/swap-acts-route.js';
import { createSwapRoute } from '../server/admin/swap-route.js';
import { createWebhooksRoute } from '../server/admin/webhooks-route.js';
import { drain } from '../server/shutdown.js';
import type { AuditLog } from '../swap/audit-log.js';
import type { FaceSwapProvider } from '../swap/ports.js';
import type { Uploads } from '../uploads/uploads.js';
import { openBackup } from './backup.js';
import { createClientErasure } from './erase-client.js';
import type { SwapSystem } from './swap-system.js';

export interface AdminDeps {
  backend: Backend;
  provider: FaceSwapProvider;
  uploads: Uploads | undefined;
  swapSystem: Pick<SwapSystem, 'swaps' | 'operatorActs'>;
  clients: Pick<ClientRegistry, 'names' | 'keysOf' | 'rulesOf'>;
  audit: AuditLog;
  log: Logger;
  report: FaultReporter;
}

export interface Administration {
  /** Undefined if ADMIN_PORT is not set. */
  url: string | undefined;
  close(): Promise<void>;
}

/** Every act of an operator. */
const routesOf = (
  { queueLimit, dataDir }: Config,
  { backend, provider, uploads, clients, swapSystem: { swaps, operatorActs } }: AdminDeps,
): AdminRoute[] => {
  const { backUp, queue } = backend;
  return [
    createQueueRoute({ queue, slots: queueLimit, isUpstreamAvailable: provider.isAvailable }),
    createQueueSwapsRoute(queue, backend.store),
    createPauseRoute(queue, backend.clock.now),
    createResumeRoute(queue),
    createSwapRoute(backend),
    createRequeueRoute(operatorActs),
    createRedeliverRoute(operatorActs),
    createWebhooksRoute(backend.outbox),
    createClientsRoute({
      names: clients.names,
      keyCount: (client) => clients.keysOf(client).length,
      rulesOf: clients.rulesOf,
      queue,
      swapIndex: backend.swapIndex,
    }),
    createConsentsRoute(backend.consents),
    createEraseRoute(createClientErasure({ backend, swaps, uploads })),
    createBackupRoute(backUp && (async () => (await openBackup(backUp, dataDir)).stream)),
  ];
};

/**
 * Listens on ADMIN_PORT, if it is set.
 *
 * @throws Error with a message for the operator if the port or the host cannot be used
 */
export async function startAdministration(config: Config, deps: AdminDeps): Promise<Administration> {
  const { adminPort: port, adminHost: host, adminToken: token } = config;
  if (port === undefined || !token) return { url: undefined, close: async () => undefined };
  const { audit, log, report } = deps;
  const routes = routesOf(config, deps);
  const server = await createAdminServer({ token: token.reveal(), routes, audit, log, report });
  const close = (): Promise<void> => drain(server, async () => undefined);
  try {
    await server.listen({ host, port });
  } catch (error) {
    await close();
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`ADMIN_PORT, ADMIN_HOST: cannot listen on port ${port} of ${host}: ${code}`);
  }
  server.server.on('error', (error) => report('listener', error));
  const { address, family, port: chosen } = server.server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${chosen}`;
  log.info({ url }, 'administration is ready');
  return { url, close };
}
