import type { Registry } from 'prom-client';
import { createCounter } from './counter.js';
import { metricPrefix } from './metric-prefix.js';

/** Metrics of the process that decodes uploads. */
export interface PictureMetrics {
  jobEnded(outcome: string): void;
  processEnded(reason: string): void;
}

export function createPictureMetrics(registry: Registry): PictureMetrics {
  const decodes = createCounter(registry, {
    name: `${metricPrefix}picture_decodes_total`,
    help: 'Uploads passed to the picture process, by outcome: ok; refused: damaged; timeout, memory, crash: the process was terminated; unavailable: the queue is full or the process could not be started.',
    labelNames: ['outcome'],
    known: ['ok', 'refused', 'timeout', 'memory', 'crash', 'unavailable'].map((outcome) => [outcome]),
  });
  const ends = createCounter(registry, {
    name: `${metricPrefix}picture_process_ends_total`,
    help: 'Picture processes that ended, by reason: idle, closed (both normal); timeout, memory (killed because of a picture); crash.',
    labelNames: ['reason'],
    known: ['idle', 'closed', 'timeout', 'memory', 'crash'].map((reason) => [reason]),
  });
  return { jobEnded: (outcome) => decodes(outcome), processEnded: (reason) => ends(reason) };
}
