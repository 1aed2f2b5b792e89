import { type LoadedClients, loadClients } from '../clients/load-clients.js';
import type { Config } from '../config/config.js';
import type { Clock } from '../lib/clock.js';
import type { SwapLog } from '../swap/ports.js';

/** @throws Error with a line for each problem of CLIENTS_FILE */
export function openClients(config: Config, clock: Clock, log: SwapLog): Promise<LoadedClients> {
  return loadClients({
    path: config.clientsFile,
    apiKeys: config.apiKeys,
    resultTtlMs: config.resultTtlMs,
    defaults: {
      swapsPerDay: config.swapsPerDay,
      maxWaiting: config.maxWaitingPerClient,
      requiresWatermark: false,
      requiresConsent: config.requireConsent,
    },
    clock,
    log,
  });
}
