import type { Registry } from 'prom-client';
import { metricPrefix } from './metric-prefix.js';
import { createTally } from './tally.js';

/** Uploads in the process that decodes them. */
export interface PictureMetrics {
  jobEnded(outcome: string): void;
  processEnded(reason: string): void;
}

export function createPictureMetrics(registry: Registry): PictureMetrics {
  const decodes = createTally(registry, {
    name: `${metricPrefix}picture_decodes_total`,
    help: 'Uploads that were handed to the picture process, by outcome: ok; refused: damaged; timeout, memory, crash: it took the process down; unavailable: too many waited, or no process could be started.',
    labelNames: ['outcome'],
    known: ['ok', 'refused', 'timeout', 'memory', 'crash', 'unavailable'].map((outcome) => [outcome]),
  });
  const ends = createTally(registry, {
    name: `${metricPrefix}picture_process_ends_total`,
    help: 'How picture processes ended: idle, closed (both as intended); timeout, memory (killed for a picture); crash.',
    labelNames: ['reason'],
    known: ['idle', 'closed', 'timeout', 'memory', 'crash'].map((reason) => [reason]),
  });
  return { jobEnded: (outcome) => decodes(outcome), processEnded: (reason) => ends(reason) };
}
