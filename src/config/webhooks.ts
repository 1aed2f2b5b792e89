import { isIP } from 'node:net';
import { z } from 'zod';
import { secret } from './secret.js';
import { env, flag, secretEnv } from './setting.js';

const dnsServers = z
  .string()
  .transform((text) => text.split(',').map((server) => server.trim()))
  .refine(
    (servers) => servers.every(isDnsServer),
    'must be addresses such as 9.9.9.9, 127.0.0.1:5353 or [::1]:53, separated by commas',
  );

const webhookSecrets = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .pipe(
    z
      .array(z.string().min(16, 'must be secrets of at least 16 characters each, separated by commas'))
      .transform((entries) => entries.map(secret)),
  );

/** Webhooks: those ModelsLab sends to the gateway, and those the gateway sends to clients. */
export const webhookSettings = {
  /** The first signs new webhook URLs; all are accepted. Empty: generated once and kept in the data directory. */
  webhookSecrets: secretEnv('WEBHOOK_SECRET', webhookSecrets.default([])),
  /** The secrets that sign webhooks to clients are derived from it. Undefined: generated once and kept in the data directory. */
  webhookSigningSecret: secretEnv(
    'WEBHOOK_SIGNING_SECRET',
    z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ followed by at least 24 bytes as base64')
      .transform(secret)
      .optional(),
  ),
  /** Whether webhooks to clients are also signed with `webhookSigningSecret` itself. Undefined: if an earlier version did so. */
  sharedSignature: env('WEBHOOK_SHARED_SIGNATURE', flag.optional()),
  /** Whether client webhooks may be on private addresses. */
  allowPrivateWebhooks: env('ALLOW_PRIVATE_WEBHOOKS', flag.prefault('off')),
  /** DNS servers that resolve the hosts of client webhooks. Undefined: the system's. */
  webhookDnsServers: env('WEBHOOK_DNS_SERVERS', dnsServers.optional()),
};

function isDnsServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [, v6, v4, port] = /^(?:\[(.+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return isIP(v6 ?? v4 ?? '') !== 0 && Number(port ?? 53) <= 65535;
}
