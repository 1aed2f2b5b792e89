import { z } from 'zod';
import { type ChanceFault, chanceFaultNames } from './chance-faults.js';

export type { ChanceFault } from './chance-faults.js';

const chance = z.number().min(0).max(1);
const chances = Object.fromEntries(chanceFaultNames.map((name) => [name, chance])) as Record<
  ChanceFault,
  typeof chance
>;
const count = z.int().min(0);
const range = z
  .tuple([z.number().min(0), z.number().min(0)])
  .refine(([from, to]) => from <= to, 'the first number must not exceed the second');

/** Milliseconds, from–to, drawn uniformly. */
const ranges = {
  /** From the request to its response. */
  latencyMs: range,
  /** From acceptance to the finished picture. */
  generationMs: range,
  /** For `webhookDelayed`. */
  webhookDelayMs: range,
  /** From the first to the last byte, for `bodySlow`. */
  slowBodyMs: range,
  /** From the request to its response, for `submitSlow`. */
  slowSubmitMs: range,
  /** From the request to its response, for `submitLate`. */
  lateSubmitMs: range,
  /** From acceptance to the finished picture, for `generationLate`. */
  lateGenerationMs: range,
  /** From the finished picture to the first report of it, for `reportLate`. */
  lateReportMs: range,
  /** From acceptance until fetches get a normal response, for `fetchRefused` and similar faults. */
  fetchTroubleMs: range,
};

const settings = {
  /** Submits rejected by one burst of `busy`. */
  busyBurst: count,
  /** `retry_after` of a 429, in seconds; null omits it. */
  retryAfterS: z.number().min(0).nullable(),
  /** Factor applied to the true `eta`. */
  etaFactor: z.number().min(0),
  /** Slots in the queue held by other programs on the account. */
  othersQueued: count,
  /** For `webhookDoubled`. */
  webhookCopies: count,
  /** How an unfetchable image shows: as a 400 for the submit, or as a failed generation. */
  imageCheck: z.enum(['submit', 'generation']),
};

const faultsSchema = z.strictObject({ ...chances, ...ranges, ...settings });

export type SandboxFaults = Readonly<z.output<typeof faultsSchema>>;
export type RangeFault = keyof typeof ranges;

/** ModelsLab on a good day: `processing` first, a picture after 2–4 s, the webhook sent once. */
export const noFaults: SandboxFaults = Object.freeze<SandboxFaults>({
  ...(Object.fromEntries(chanceFaultNames.map((name) => [name, 0])) as Record<ChanceFault, number>),
  latencyMs: [5, 40],
  generationMs: [2_000, 4_000],
  webhookDelayMs: [1_000, 5_000],
  slowBodyMs: [1_000, 3_000],
  slowSubmitMs: [10_000, 40_000],
  lateSubmitMs: [70_000, 90_000],
  lateGenerationMs: [1_900_000, 2_400_000],
  lateReportMs: [700_000, 1_200_000],
  fetchTroubleMs: [5_000, 40_000],
  busyBurst: 3,
  retryAfterS: 1,
  etaFactor: 1,
  othersQueued: 0,
  webhookCopies: 2,
  imageCheck: 'submit',
});

/**
 * `current` with `change` applied.
 * @throws Error naming each unknown fault and each value out of range; nothing is changed then
 */
export function changeFaults(current: SandboxFaults, change: unknown): SandboxFaults {
  const parsed = faultsSchema.partial().safeParse(change);
  if (!parsed.success) throw new Error(`Invalid sandbox faults:\n${z.prettifyError(parsed.error)}`);
  const given = Object.entries(parsed.data).filter(([, value]) => value !== undefined);
  return Object.freeze({ ...current, ...Object.fromEntries(given) });
}
