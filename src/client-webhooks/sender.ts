import { request } from 'undici';
import type { Proxies } from '../lib/proxies.js';
import { createPublicOnlyAgent, createUnrestrictedAgent } from '../lib/public-only-agent.js';
import { signWebhook } from './sign.js';

/** `gone`: the receiver responded with 410 and wants no further attempts. `failed`: no 2xx within the timeout. */
export type DeliveryOutcome = { kind: 'delivered' } | { kind: 'gone' } | { kind: 'failed'; reason: string };

export interface WebhookSender {
  /**
   * Sends one POST. Follows no redirect; never throws.
   *
   * @param id the same on every attempt for the same event
   * @param secrets those to sign with, `whsec_` and base64
   */
  send(url: string, id: string, body: string, secrets: readonly string[]): Promise<DeliveryOutcome>;
  /** Aborts requests in flight. */
  close(): Promise<void>;
}

export interface WebhookSenderOptions {
  /** Whether connections to private addresses are allowed. */
  allowPrivate: boolean;
  now(): number;
  timeoutMs?: number;
  /** DNS servers for webhook hosts; undefined: the system's. */
  dnsServers?: readonly string[] | undefined;
  /** Undefined: connects directly. */
  proxies?: Proxies | undefined;
}

export function createWebhookSender({
  allowPrivate,
  now,
  timeoutMs = 15_000,
  dnsServers,
  proxies,
}: WebhookSenderOptions): WebhookSender {
  const createAgent = allowPrivate ? createUnrestrictedAgent : createPublicOnlyAgent;
  const agent = createAgent(timeoutMs, { servers: dnsServers, proxies });
  return {
    async send(url, id, body, secrets) {
      try {
        const answer = await request(url, {
          method: 'POST',
          dispatcher: agent,
          headers: { 'content-type': 'application/json', ...signWebhook(secrets, id, now(), body) },
          body,
          signal: AbortSignal.timeout(timeoutMs),
        });
        await answer.body.dump({ limit: 64 * 1024 });
        if (answer.statusCode === 410) return { kind: 'gone' };
        const isFine = answer.statusCode >= 200 && answer.statusCode < 300;
        return isFine ? { kind: 'delivered' } : { kind: 'failed', reason: `HTTP ${answer.statusCode}` };
      } catch (error) {
        return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => agent.destroy(),
  };
}
