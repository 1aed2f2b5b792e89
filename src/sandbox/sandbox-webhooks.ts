import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { FaultDesk } from './fault-draw.js';
import type { Job } from './sandbox-jobs.js';
import type { SandboxLogger } from './sandbox-logger.js';
import { failedBody, pictureUrl, successBody, webhookBody } from './wire-bodies.js';

const answerWithinMs = 30_000;

export interface SandboxWebhooks {
  /** Tells the job's end, with the faults that are set. Resolves when the last copy was answered or given up. */
  announce(job: Job): Promise<void>;
  /** POSTs `body` once, counts it, never rejects. */
  send(job: Job, url: string, body: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

/** Best effort, as upstream: one attempt, not signed, 2xx expected within 30 s. */
export function createWebhooks(desk: FaultDesk, signal: AbortSignal, logger: SandboxLogger): SandboxWebhooks {
  const agent = new Agent({ connections: 64 });

  const send: SandboxWebhooks['send'] = async (job, url, body) => {
    job.row = { ...job.row, webhooksSent: job.row.webhooksSent + 1 };
    try {
      const response = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'face-swap-sandbox' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      });
      response.body.on('error', () => undefined);
      await response.body.dump();
      const isTaken = response.statusCode >= 200 && response.statusCode < 300;
      if (isTaken) job.row = { ...job.row, webhooksDelivered: job.row.webhooksDelivered + 1 };
      else logger.warn({ id: job.row.id, status: response.statusCode }, 'sandbox: webhook was not taken');
    } catch (error) {
      if (!signal.aborted) logger.warn({ id: job.row.id, error: String(error) }, 'sandbox: webhook failed');
    }
  };

  return {
    send,
    announce: async (job) => {
      const { draw, row } = job;
      if (row.webhook === null || draw.happens('webhookDropped')) return;
      if (draw.happens('webhookDelayed')) await sleep(draw.within('webhookDelayMs'), undefined, { signal });
      const copies = draw.happens('webhookDoubled') ? desk.current().webhookCopies : 1;
      const truth = row.outcome === 'success' ? successBody(job) : failedBody(job);
      const url = row.webhook;
      await Promise.all(Array.from({ length: copies }, () => send(job, url, webhookBody(job, truth))));
      if (draw.happens('webhookContradicted')) await send(job, url, webhookBody(job, opposite(job)));
    },
    close: () => agent.destroy(),
  };
}

function opposite(job: Job): Record<string, unknown> {
  if (job.row.outcome === 'success') return failedBody(job, 'Image generation failed');
  return { ...successBody(job), output: [pictureUrl(job)], proxy_links: [pictureUrl(job)] };
}
