import { z } from 'zod';

const chance = z.number().min(0).max(1);
const count = z.int().min(0);
const range = z
  .tuple([z.number().min(0), z.number().min(0)])
  .refine(([from, to]) => from <= to, 'the first number must not exceed the second');

/** Faults that strike by chance: 0 never, 1 always. Each is drawn anew for each submission (or fetch). */
const chances = {
  /** The submit answers `success`, once the picture is done, instead of `processing`. */
  successAtOnce: chance,
  /** Refused with 401 although the key is good. */
  unauthorized: chance,
  /** Refused with 402. */
  insufficientCredits: chance,
  /** Refused with 403. */
  forbidden: chance,
  /** A burst of 429 starts here and lasts `busyBurst` submits: other programs fill the account's queue. */
  busy: chance,
  /** 500 or 503, and nothing was accepted. */
  errorBefore: chance,
  /** Connection reset, and nothing was accepted. */
  resetBefore: chance,
  /** No answer ever, and nothing was accepted. */
  hangBefore: chance,
  /** 500 or 503 although the submission was accepted and paid. */
  errorAfter: chance,
  /** Connection reset although the submission was accepted and paid. */
  resetAfter: chance,
  /** No answer ever although the submission was accepted and paid. */
  hangAfter: chance,
  /** The JSON of an answer (submit or fetch) stops half way. */
  bodyTruncated: chance,
  /** An answer (submit or fetch) is an HTML page with status 200. */
  bodyHtml: chance,
  /** An answer (submit or fetch) trickles in over `slowBodyMs`. */
  bodySlow: chance,
  /** An image counts as unreachable; `imageCheck` says whether the submit or the generation tells. */
  imageUnfetchable: chance,
  /** The generation ends as failed. */
  generationFailed: chance,
  /** The generation ends as failed with "No face detected". */
  noFace: chance,
  /** `eta` is far off: between zero and a hundred times too long. */
  etaWrong: chance,
  /** `eta` is missing. */
  etaAbsent: chance,
  /** The webhook is never sent. */
  webhookDropped: chance,
  /** The webhook is sent `webhookCopies` times. */
  webhookDoubled: chance,
  /** The webhook waits `webhookDelayMs`, so that later ones overtake it. */
  webhookDelayed: chance,
  /** The webhook comes, and is answered, before the submit gets its own answer. */
  webhookEarly: chance,
  /** After the true webhook another one claims the opposite. */
  webhookContradicted: chance,
  /** A fetch answers 500 or 503. */
  fetchError: chance,
  /** A fetch's connection is reset. */
  fetchReset: chance,
  /** A fetch is never answered. */
  fetchHang: chance,
  /** A fetch says `processing` although the swap is finished. */
  fetchStale: chance,
  /** `id` is a string. */
  idAsString: chance,
  /** `track_id` is a string. */
  trackIdAsString: chance,
  /** Errors carry `messege` instead of `message`. */
  messege: chance,
  /** A failed generation has status `error` instead of `failed`. */
  failedAsError: chance,
  /** Refusals come with HTTP status 200. */
  errorsAs200: chance,
  /** An error's message repeats the request, with the API key in it. */
  echoRequest: chance,
};

/** Milliseconds from–to, drawn evenly. */
const ranges = {
  /** From the request to its answer. */
  latencyMs: range,
  /** From acceptance to the finished picture. */
  generationMs: range,
  /** For `webhookDelayed`. */
  webhookDelayMs: range,
  /** From the first to the last byte, for `bodySlow`. */
  slowBodyMs: range,
};

const settings = {
  /** Submits that one burst of `busy` refuses. */
  busyBurst: count,
  /** `retry_after` of a 429, in seconds; null leaves it out. */
  retryAfterS: z.number().min(0).nullable(),
  /** Places in the queue that other programs on the account hold. */
  othersQueued: count,
  /** For `webhookDoubled`. */
  webhookCopies: count,
  /** Where an image that cannot be fetched shows: a 400 for the submit, or a failed generation. */
  imageCheck: z.enum(['submit', 'generation']),
};

const faultsSchema = z.strictObject({ ...chances, ...ranges, ...settings });

export type SandboxFaults = Readonly<z.output<typeof faultsSchema>>;
export type ChanceFault = keyof typeof chances;
export type RangeFault = keyof typeof ranges;

/** A ModelsLab on a good day: `processing` first, a picture after 2–4 s, the webhook sent once. */
export const noFaults: SandboxFaults = Object.freeze<SandboxFaults>({
  ...(Object.fromEntries(Object.keys(chances).map((name) => [name, 0])) as Record<ChanceFault, number>),
  latencyMs: [5, 40],
  generationMs: [2_000, 4_000],
  webhookDelayMs: [1_000, 5_000],
  slowBodyMs: [1_000, 3_000],
  busyBurst: 3,
  retryAfterS: 1,
  othersQueued: 0,
  webhookCopies: 2,
  imageCheck: 'submit',
});

/**
 * `current` with `change` on top.
 * @throws Error naming each unknown fault and each value out of range; nothing is changed then.
 */
export function changeFaults(current: SandboxFaults, change: unknown): SandboxFaults {
  const parsed = faultsSchema.partial().safeParse(change);
  if (!parsed.success) throw new Error(`Sandbox faults refused:\n${z.prettifyError(parsed.error)}`);
  const given = Object.entries(parsed.data).filter(([, value]) => value !== undefined);
  return Object.freeze({ ...current, ...Object.fromEntries(given) });
}
