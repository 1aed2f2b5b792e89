import type { Dialect } from './dialect.js';
import type { FaultDraw } from './fault-draw.js';
import type { Job } from './sandbox-jobs.js';
import { RawNumber } from './wire-json.js';

/** A response before it is sent over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** True for a body that clients must understand as "this job's picture is finished". */
  readonly reportsPicture?: boolean;
}

export function refusal(dialect: Dialect, status: number, message: string, more: object = {}): Answer {
  return {
    status: dialect.errorsAs200 ? 200 : status,
    body: { status: 'error', [dialect.messageField]: message, ...more },
  };
}

/** Body of the submit, the fetch and (with `track_id`) the webhook of a job that succeeded. */
export function successBody(job: Job): Record<string, unknown> {
  const { row, operation, draw, pictureId } = job;
  return {
    status: 'success',
    generationTime: Math.round(((row.finishedAt ?? row.acceptedAt) - row.acceptedAt) / 10) / 100,
    id: wireId(job),
    output: row.output,
    proxy_links: row.output,
    meta: {
      ...operation.meta(row),
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
  const { row, draw, etaFactor } = job;
  const leftS = Math.max(1, Math.ceil((row.acceptedAt + job.generationMs - now) / 1_000));
  return {
    status: 'processing',
    tip: 'Your image is processing in background, you can get this image using fetch API: ',
    ...(draw.happens('etaAbsent') ? {} : { eta: etaOf(leftS, etaFactor, draw) }),
    message: 'Try to fetch request after seconds estimated',
    id: wireId(job),
    fetch_result: fetchUrl(job),
    output: [],
    meta: {},
    future_links: [pictureUrl(job)],
  };
}

/** As the real fetch endpoint responds: only the essential fields, and an `output` that is text until it is a list. */
export function publishedFetchBody(body: Record<string, unknown>): Record<string, unknown> {
  const tip = 'Your image is processing in background, you can get this image using fetch API: ';
  if (body['status'] === 'processing')
    return { status: 'processing', message: 'try again later.', output: '', tip };
  if (body['status'] !== 'success') return body;
  return { status: 'success', id: body['id'], output: body['output'], tip, proxy_links: null };
}

/** Body of submit and fetch for a failed generation; the webhook adds `track_id`. */
export function failedBody(job: Job, message = job.row.message): Record<string, unknown> {
  const { failedStatus, messageField } = job.dialect;
  return { status: failedStatus, id: wireId(job), [messageField]: message, output: [] };
}

export function webhookBody(job: Job, body: Record<string, unknown>): Record<string, unknown> {
  const { trackId } = job.row;
  return { ...body, track_id: trackId !== null && job.dialect.trackIdAsString ? String(trackId) : trackId };
}

export function pictureUrl({ address, pictureId, dialect }: Job): string {
  const query = dialect.linkPadding > 0 ? `?signature=${'a'.repeat(dialect.linkPadding)}` : '';
  return `${address.origin}/generations/${pictureId}.jpg${query}`;
}

/** A link that never leads to a result: the picture's future location, as given in `meta`. */
export const futureUrl = ({ address, pictureId }: Job): string => `${address.origin}/future/${pictureId}.jpg`;

/** A link to a picture of another swap, which must never be shown for this one. */
export const foreignPictureUrl = ({ address, row }: Job): string =>
  `${address.origin}/generations/foreign-${row.ordinal}.jpg`;

export function otherId({ row }: Job): number | string {
  return typeof row.id === 'number' ? row.id + 1_000_000 : `${row.id}9`;
}

/** The path after the base under which the job is fetched. */
export const fetchPath = ({ row }: Job): string => (row.isMoved ? 'results' : 'fetch');

function fetchUrl(job: Job): string {
  const { address, row, draw } = job;
  const origin = draw.happens('fetchForeign') ? foreignOrigin(address.origin) : address.origin;
  return `${origin}${address.basePath}/${fetchPath(job)}/${encodeURIComponent(row.id)}`;
}

/** The same server under another name, so that such fetches can be detected. */
function foreignOrigin(origin: string): string {
  const url = new URL(origin);
  url.hostname = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  return url.origin;
}

function etaOf(leftS: number, factor: number, draw: FaultDraw): number {
  if (draw.happens('etaPublished')) return 605;
  if (draw.happens('etaWrong')) return Math.floor(leftS * 100 * draw.fraction('eta') ** 3);
  return draw.happens('etaFractional') ? leftS + 0.9379869184 : Math.ceil(leftS * factor);
}

function wireId({ row, dialect }: Job): number | string | RawNumber {
  if (dialect.idForm === 'huge') return new RawNumber(String(row.id));
  return dialect.idForm === 'string' ? String(row.id) : row.id;
}
