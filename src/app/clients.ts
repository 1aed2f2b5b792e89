import { type LoadedClients, loadClients } from '../clients/load-clients.js';
import type { Config } from '../config/config.js';
import type { Clock } from '../lib/clock.js';
import type { SwapLog } from '../swap/ports.js';
import type { Reloads } from './reloads.js';

/** @throws Error with a line for each problem of CLIENTS_FILE */
export async function openClients(
  config: Config,
  clock: Clock,
  log: SwapLog,
  reloads: Reloads,
): Promise<LoadedClients> {
  const clients = await loadClients({
    path: config.clientsFile,
    apiKeys: config.apiKeys,
    resultTtlMs: config.resultTtlMs,
    refusedKeys: config.refusedKeys,
    defaults: {
      swapsPerDay: config.swapsPerDay,
      maxWaiting: config.maxWaitingPerClient,
      requiresWatermark: false,
      requiresConsent: config.requireConsent,
    },
    clock,
    log,
  });
  reloads.add('CLIENTS_FILE', clients.reload);
  return clients;
}
