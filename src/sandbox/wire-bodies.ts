import type { FaultDraw } from './fault-draw.js';
import type { Job } from './sandbox-jobs.js';

/** An answer before it goes over the wire. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** In which of ModelsLab's spellings the bodies about one request come. */
export interface Dialect {
  readonly idAsString: boolean;
  readonly trackIdAsString: boolean;
  readonly messageField: 'message' | 'messege';
  readonly failedStatus: 'failed' | 'error';
  readonly errorsAs200: boolean;
}

export function drawDialect(draw: FaultDraw): Dialect {
  return {
    idAsString: draw.happens('idAsString'),
    trackIdAsString: draw.happens('trackIdAsString'),
    messageField: draw.happens('messege') ? 'messege' : 'message',
    failedStatus: draw.happens('failedAsError') ? 'error' : 'failed',
    errorsAs200: draw.happens('errorsAs200'),
  };
}

export function refusal(dialect: Dialect, status: number, message: string, more: object = {}): Answer {
  return {
    status: dialect.errorsAs200 ? 200 : status,
    body: { status: 'error', [dialect.messageField]: message, ...more },
  };
}

/** Body of the submit, the fetch and (with `track_id`) the webhook of a job that ended well. */
export function successBody(job: Job): Record<string, unknown> {
  const { row, draw, pictureId } = job;
  return {
    status: 'success',
    generationTime: Math.round(((row.finishedAt ?? row.acceptedAt) - row.acceptedAt) / 10) / 100,
    id: wireId(job),
    output: row.output,
    proxy_links: row.output,
    meta: {
      init_image: row.initImage,
      target_image: row.targetImage,
      reference_image: row.referenceImage,
      seed: Math.floor(draw.fraction('seed') * 2 ** 32),
      temp: 'no',
      file_prefix: pictureId,
      model_save_format: 'jpg',
      watermark: job.watermark ? 'yes' : 'no',
      watermark_image: null,
    },
  };
}

/** `now` is epoch milliseconds. */
export function processingBody(job: Job, now: number): Record<string, unknown> {
  const { row, draw, address } = job;
  const leftS = Math.max(1, Math.ceil((row.acceptedAt + job.generationMs - now) / 1_000));
  const eta = draw.happens('etaWrong') ? Math.floor(leftS * 100 * draw.fraction('eta') ** 3) : leftS;
  return {
    status: 'processing',
    tip: 'Your image is processing in background, you can get this image using fetch API: ',
    ...(draw.happens('etaAbsent') ? {} : { eta }),
    message: 'Try to fetch request after seconds estimated',
    id: wireId(job),
    fetch_result: `${address.origin}${address.basePath}/fetch/${row.id}`,
    output: [],
    meta: {},
    future_links: [pictureUrl(job)],
  };
}

/** What submit and fetch say of a failed generation; the webhook says the same and adds `track_id`. */
export function failedBody(job: Job, message = job.row.message): Record<string, unknown> {
  const { failedStatus, messageField } = job.dialect;
  return { status: failedStatus, id: wireId(job), [messageField]: message, output: [] };
}

export function webhookBody(job: Job, body: Record<string, unknown>): Record<string, unknown> {
  const { trackId } = job.row;
  return { ...body, track_id: trackId !== null && job.dialect.trackIdAsString ? String(trackId) : trackId };
}

export function pictureUrl({ address, pictureId }: Job): string {
  return `${address.origin}/generations/${pictureId}.jpg`;
}

function wireId({ row, dialect }: Job): number | string {
  return dialect.idAsString ? String(row.id) : row.id;
}
