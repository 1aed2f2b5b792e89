import { Gauge, type Registry } from 'prom-client';
import { metricPrefix } from './metric-prefix.js';

/** @param conflicts names of settings that differ between this instance and others */
export function addSettingsGauge(registry: Registry, conflicts: () => readonly string[]): void {
  new Gauge({
    name: `${metricPrefix}settings_conflicts`,
    help: 'Number of settings (of MODELSLAB_QUEUE_LIMIT, MODELSLAB_API_KEY, WEBHOOK_SECRET, WEBHOOK_SIGNING_SECRET, CLIENT_TOKEN_SECRET) that differ from another instance; the log names them.',
    registers: [registry],
    collect() {
      this.set(conflicts().length);
    },
  });
}
