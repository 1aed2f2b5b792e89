import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { spoilBody } from './body-faults.js';
import type { FaultDesk } from './fault-draw.js';
import type { Job, JobRegistry } from './sandbox-jobs.js';
import type { SandboxLogger } from './sandbox-logger.js';
import { failedBody, pictureUrl, successBody, webhookBody } from './wire-bodies.js';
import { drawWireForm, type WireForm } from './wire-form.js';

const answerWithinMs = 30_000;
const unparsable: WireForm = {
  bytes: Buffer.from('<b>Fatal error</b>: Uncaught TypeError in webhook.php'),
  headers: { 'content-type': 'application/json' },
};

export interface SandboxWebhooks {
  /** Reports the outcome of a job, with the configured faults. Resolves when the last copy got a response or was abandoned. */
  announce(job: Job): Promise<void>;
  /** POSTs `body` once and counts it. Never rejects; true if the response was 2xx. */
  send(job: Job, url: string, form: WireForm): Promise<boolean>;
  close(): Promise<void>;
}

/** Best effort, like ModelsLab: one attempt, unsigned, 2xx expected within 30 s. */
export function createWebhooks(
  desk: FaultDesk,
  jobs: JobRegistry,
  signal: AbortSignal,
  logger: SandboxLogger,
): SandboxWebhooks {
  const agent = new Agent({ connections: 64 });

  const send: SandboxWebhooks['send'] = async (job, url, { bytes, headers }) => {
    job.row = { ...job.row, webhooksSent: job.row.webhooksSent + 1 };
    try {
      const response = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { ...headers, 'user-agent': 'face-swap-sandbox' },
        body: bytes,
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      });
      response.body.on('error', () => undefined);
      await response.body.dump();
      const isAccepted = response.statusCode >= 200 && response.statusCode < 300;
      if (isAccepted) job.row = { ...job.row, webhooksDelivered: job.row.webhooksDelivered + 1 };
      else logger.warn({ id: job.row.id, status: response.statusCode }, 'sandbox: webhook was rejected');
      return isAccepted;
    } catch (error) {
      if (!signal.aborted) logger.warn({ id: job.row.id, error: String(error) }, 'sandbox: webhook failed');
      return false;
    }
  };

  /** The outcome of a job, in the form drawn for its `n`th webhook. */
  async function tell(job: Job, url: string, truth: Record<string, unknown>, n: number): Promise<void> {
    const draw = desk.draw('webhook', job.row.ordinal, n);
    const { body, reportsPicture, isMisnamed } = spoilBody(webhookBody(job, truth), 'webhook', job, draw);
    const isUnparsable = draw.happens('webhookUnparsable');
    const form = isUnparsable ? unparsable : drawWireForm(body, draw, false);
    if (isMisnamed) job.row = { ...job.row, webhooksMisnamed: job.row.webhooksMisnamed + 1 };
    const isAccepted = await send(job, url, form);
    if (isAccepted && reportsPicture && !isUnparsable && job.row.outcome === 'success')
      jobs.report(job, 'webhook');
  }

  return {
    send,
    announce: async (job) => {
      const { draw, row, silentMs } = job;
      if (row.webhook === null || draw.happens('webhookDropped')) return;
      if (silentMs > 0) await sleep(silentMs, undefined, { signal });
      if (draw.happens('webhookDelayed')) await sleep(draw.within('webhookDelayMs'), undefined, { signal });
      const copies = draw.happens('webhookDoubled') ? desk.current().webhookCopies : 1;
      const truth = row.outcome === 'success' ? successBody(job) : failedBody(job);
      const url = row.webhook;
      await Promise.all(Array.from({ length: copies }, (_, n) => tell(job, url, truth, n)));
      if (draw.happens('webhookContradicted')) await tell(job, url, opposite(job), copies);
    },
    close: () => agent.destroy(),
  };
}

function opposite(job: Job): Record<string, unknown> {
  if (job.row.outcome === 'success') return failedBody(job, 'Image generation failed');
  return { ...successBody(job), output: [pictureUrl(job)], proxy_links: [pictureUrl(job)] };
}
