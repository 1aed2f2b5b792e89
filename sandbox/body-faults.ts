import type { ChanceFault } from './chance-faults.js';
import type { FaultDraw } from './fault-draw.js';
import { sentAsData } from './operations/operation.js';
import type { Job } from './sandbox-jobs.js';
import { foreignPictureUrl, futureUrl, otherId } from './wire-bodies.js';

export type WirePlace = 'submit' | 'fetch' | 'webhook';

type Body = Record<string, unknown>;
type Kind = 'success' | 'processing' | 'failed';

interface BodyFault {
  readonly name: ChanceFault;
  /** Kinds of bodies that it applies to. */
  readonly on: readonly Kind[];
  /** Default: anywhere. */
  readonly at?: readonly WirePlace[];
  /** True: the resulting body no longer reports a finished picture. */
  readonly hidesPicture?: true;
  applies?(job: Job): boolean;
  spoil(body: Body, context: { job: Job; draw: FaultDraw }): unknown;
}

const success: readonly Kind[] = ['success'];
const wanted: readonly Kind[] = ['success', 'processing'];
const all: readonly Kind[] = ['success', 'processing', 'failed'];

const synonyms = {
  success: ['completed', 'succeeded', 'complete', 'COMPLETED'],
  processing: ['queued', 'in_queue', 'pending', 'in_progress', 'starting'],
};

const pick = <T>(draw: FaultDraw, name: string, values: readonly T[]): T | undefined =>
  values[Math.floor(draw.fraction(name) * values.length)];
const kindOf = ({ status }: Body): Kind =>
  status === 'success' || status === 'processing' ? status : 'failed';
const hasTrackId = ({ row }: Job): boolean => row.trackId !== null;
const mapLinks = (body: Body, change: (link: string) => unknown): Body => {
  const links = (value: unknown) =>
    Array.isArray(value) ? value.map((link) => change(String(link))) : value;
  return {
    ...body,
    output: links(body['output']),
    proxy_links: links(body['proxy_links']),
    ...('future_links' in body ? { future_links: links(body['future_links']) } : {}),
  };
};
const withoutField = (body: Body, field: string): Body => {
  const { [field]: _removed, ...rest } = body;
  return rest;
};

/** Another swap's picture or failure, with that swap's identifiers. */
function foreignBody(body: Body, job: Job, draw: FaultDraw, ids: Body): Body {
  if (draw.fraction('foreign') < 0.25)
    return { status: 'failed', id: body['id'], message: 'No face detected in the provided image', ...ids };
  const links = [foreignPictureUrl(job)];
  return { ...body, output: links, proxy_links: links, ...ids };
}

/** At most one fault per group applies, so a lenient reader can still read every body. */
const groups: readonly (readonly BodyFault[])[] = [
  [
    {
      name: 'foreignId',
      on: success,
      at: ['fetch', 'webhook'],
      hidesPicture: true,
      spoil: (body, { job, draw }) =>
        foreignBody(body, job, draw, {
          id: otherId(job),
          ...(hasTrackId(job) && { track_id: (job.row.trackId ?? 0) + 1_000_000 }),
        }),
    },
    {
      name: 'foreignTrackId',
      on: success,
      hidesPicture: true,
      applies: hasTrackId,
      spoil: (body, { job, draw }) =>
        foreignBody(body, job, draw, { track_id: (job.row.trackId ?? 0) + 1_000_000 }),
    },
    {
      name: 'errorWithOutput',
      on: success,
      hidesPicture: true,
      spoil: (body) => ({ ...body, status: 'error', message: 'Server Error' }),
    },
    {
      name: 'outputEmpty',
      on: success,
      hidesPicture: true,
      spoil: (body) => ({ ...body, output: [], proxy_links: [] }),
    },
  ],
  [
    {
      name: 'statusSynonym',
      on: wanted,
      spoil: (body, { draw }) => {
        const { status } = body;
        if (status !== 'success' && status !== 'processing') return body;
        return { ...body, status: pick(draw, 'synonym', synonyms[status]) };
      },
    },
    {
      name: 'statusCase',
      on: all,
      spoil: (body, { draw }) => {
        const status = String(body['status']);
        const capitalized = status.slice(0, 1).toUpperCase() + status.slice(1);
        return { ...body, status: draw.fraction('case') < 0.5 ? status.toUpperCase() : capitalized };
      },
    },
    { name: 'statusPadded', on: all, spoil: (body) => ({ ...body, status: `${body['status']} ` }) },
    {
      name: 'statusMissing',
      on: wanted,
      hidesPicture: true,
      spoil: (body) => withoutField(body, 'status'),
    },
  ],
  [
    {
      name: 'outputString',
      on: success,
      spoil: (body) => ({ ...body, output: Array.isArray(body['output']) ? (body['output'][0] ?? '') : '' }),
    },
    {
      name: 'outputWithNull',
      on: success,
      spoil: (body) => ({
        ...body,
        ...Object.fromEntries(
          ['output', 'proxy_links'].map((field) => {
            const links = body[field];
            return [field, Array.isArray(links) ? [...links, null] : links];
          }),
        ),
      }),
    },
    { name: 'outputObjects', on: success, spoil: (body) => mapLinks(body, (url) => ({ url })) },
    { name: 'outputInProxyLinks', on: success, spoil: (body) => moveOutput(body, 'proxy_links') },
    {
      name: 'outputInFutureLinks',
      on: success,
      spoil: (body) => ({ ...moveOutput(body, 'future_links'), proxy_links: [] }),
    },
    {
      name: 'outputSchemeless',
      on: wanted,
      spoil: (body) => mapLinks(body, (link) => link.replace(/^https?:/, '')),
    },
  ],
  [
    {
      name: 'metaCaptured',
      on: wanted,
      spoil: (body, { job }) => ({ ...body, meta: capturedMeta(body['meta'], job) }),
    },
    {
      name: 'metaMissing',
      on: success,
      spoil: (body) => withoutField(withoutField(body, 'meta'), 'generationTime'),
    },
  ],
  [
    { name: 'webhookWithoutId', on: all, at: ['webhook'], spoil: (body) => withoutField(body, 'id') },
    { name: 'successWithoutId', on: success, at: ['submit'], spoil: (body) => withoutField(body, 'id') },
  ],
];

const wrappers: readonly BodyFault[] = [
  { name: 'wrappedInArray', on: all, spoil: (body) => [body] },
  { name: 'wrappedInData', on: all, spoil: (body) => ({ data: body }) },
];

export interface SpoiledBody {
  readonly body: unknown;
  /** Whether the body reports this job's picture as finished, in a form that clients must understand. */
  readonly reportsPicture: boolean;
  /** Whether it has a wrong `track_id` along with the job's own id. */
  readonly isMisnamed: boolean;
}

/** A job's body in one of ModelsLab's variants, or with one of its bugs. */
export function spoilBody(truth: Body, place: WirePlace, job: Job, draw: FaultDraw): SpoiledBody {
  const kind = kindOf(truth);
  const strikes = ({ name, on, at, applies }: BodyFault) =>
    on.includes(kind) &&
    (at === undefined || at.includes(place)) &&
    (applies === undefined || applies(job)) &&
    draw.happens(name);
  let body = truth;
  let reportsPicture = kind === 'success';
  let isMisnamed = false;
  for (const group of groups) {
    const fault = group.find(strikes);
    if (fault === undefined) continue;
    body = fault.spoil(body, { job, draw }) as Body;
    if (fault.hidesPicture) reportsPicture = false;
    if (fault.name === 'foreignTrackId') isMisnamed = true;
  }
  const wrapper = wrappers.find(strikes);
  return {
    body: wrapper === undefined ? body : wrapper.spoil(body, { job, draw }),
    reportsPicture,
    isMisnamed,
  };
}

function moveOutput(body: Body, field: string): Body {
  return { ...body, output: [], [field]: body['output'] };
}

/** As captured from the real API: all values are strings, and `output` is a future link. */
function capturedMeta(meta: unknown, job: Job): Body {
  const { row, operation } = job;
  return {
    ...(typeof meta === 'object' ? meta : {}),
    ...operation.meta(row),
    webhook: row.webhook,
    track_id: row.trackId === null ? null : String(row.trackId),
    id: String(row.id),
    base64: row.initImage === sentAsData ? 'yes' : 'no',
    output: [futureUrl(job)],
  };
}
