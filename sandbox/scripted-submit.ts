import type { ServerResponse } from 'node:http';
import { drawDialect } from './dialect.js';
import type { FaultDraw } from './fault-draw.js';
import type { SandboxOperation } from './operations/operation.js';
import type { Job, JobRegistry } from './sandbox-jobs.js';
import type { ScriptedExchange } from './sandbox-script.js';
import type { SandboxWebhooks } from './sandbox-webhooks.js';
import { sendJson } from './wire-answer.js';

export interface ScriptedSubmit {
  readonly operation: SandboxOperation;
  readonly exchange: ScriptedExchange;
  readonly body: Record<string, unknown>;
  readonly ordinal: number;
  readonly draw: FaultDraw;
  readonly address: Job['address'];
}

/** Plays a scripted exchange: logs it if the response means "accepted", responds, then sends its webhook. */
export async function playScripted(
  { operation, exchange, body, ordinal, draw, address }: ScriptedSubmit,
  response: ServerResponse,
  jobs: JobRegistry,
  webhooks: SandboxWebhooks,
): Promise<void> {
  const { status = 200, body: answer } = exchange.submit;
  if (answer['status'] !== 'success' && answer['status'] !== 'processing') {
    sendJson(response, status, answer);
    return;
  }
  const job = jobs.accept({
    ...(typeof answer['id'] === 'number' || typeof answer['id'] === 'string' ? { id: answer['id'] } : {}),
    ordinal,
    webhook: typeof body['webhook'] === 'string' ? body['webhook'] : null,
    trackId: typeof body['track_id'] === 'number' ? body['track_id'] : null,
    ...operation.describe(body),
    operation,
    draw,
    dialect: drawDialect(draw),
    address,
    watermark: body['watermark'] !== false,
    generationMs: 0,
    etaFactor: 1,
    silentMs: 0,
    scriptedFetches: exchange.fetch ?? [exchange.webhook ?? answer],
  });
  finishAsSaid(jobs, job, answer);
  sendJson(response, status, answer);
  job.row = { ...job.row, answer: 'sent' };
  if (exchange.webhook === undefined || job.row.webhook === null) return;
  finishAsSaid(jobs, job, exchange.webhook);
  const bytes = Buffer.from(JSON.stringify(exchange.webhook));
  await webhooks.send(job, job.row.webhook, { bytes, headers: { 'content-type': 'application/json' } });
}

/** The response to this fetch of a scripted job. */
export function nextScriptedFetch(jobs: JobRegistry, job: Job): Record<string, unknown> {
  const answers = job.scriptedFetches ?? [];
  const answer = answers[Math.min(job.row.fetches, answers.length) - 1] ?? {};
  finishAsSaid(jobs, job, answer);
  return answer;
}

/** A job whose end was reported to the client is finished: its row says so, and its slot is free. */
function finishAsSaid(jobs: JobRegistry, job: Job, body: Record<string, unknown>): void {
  const { status, output } = body;
  if (status === 'success') jobs.finish(job, { output: Array.isArray(output) ? output.map(String) : [] });
  if (status === 'failed' || status === 'error')
    jobs.finish(job, { message: String(body['message'] ?? body['messege']) });
}
