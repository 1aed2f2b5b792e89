import { z } from 'zod';
import { secret } from './secret.js';
import { port, type serverSettings } from './server.js';
import { env, secretEnv, type ValuesOf } from './setting.js';

/** The administration: a listener of its own, for operators. */
export const adminSettings = {
  /** Undefined: no administration. 0 picks a free port. */
  adminPort: env('ADMIN_PORT', port.optional()),
  adminHost: env('ADMIN_HOST', z.string().min(1).default('127.0.0.1')),
  adminToken: secretEnv(
    'ADMIN_TOKEN',
    z
      .string()
      .regex(/^\S{16,}$/, 'must have at least 16 characters and no spaces')
      .transform(secret)
      .optional(),
  ),
};

export function findAdminProblems(values: ValuesOf<typeof adminSettings & typeof serverSettings>): string[] {
  const { adminPort, adminToken, metricsToken, port: publicPort } = values;
  if (adminPort === undefined) return [];
  const problems: string[] = [];
  if (!adminToken) problems.push('ADMIN_TOKEN: is required with ADMIN_PORT');
  if (adminPort !== 0 && adminPort === publicPort)
    problems.push('ADMIN_PORT: must differ from PORT, which the public can reach');
  if (adminToken && adminToken.reveal() === metricsToken?.reveal())
    problems.push('ADMIN_TOKEN: must differ from METRICS_TOKEN, which only reads');
  return problems;
}
