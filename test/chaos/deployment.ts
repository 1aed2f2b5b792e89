import type { DeathLog } from './killer.ts';
import type { TimeTroubles } from './time-troubles.ts';

/** Gateways under test, and whatever is done to them while requests come in. */
export interface Deployment {
  /** The same through all restarts. */
  url: string;
  /** What it does over which time: requests should be spread over it. Milliseconds. */
  durationMs: number;
  /** Resolves when everything that was to go wrong has, and what is left works undisturbed. */
  calm(): Promise<void>;
  /** Safe to call twice. */
  close(): Promise<void>;
  /** Everything that any of the processes wrote. */
  output(): string;
  /** What must not be in it. */
  secrets: string[];
  deaths: Pick<DeathLog, 'own' | 'byPlace' | 'times'>;
  /** For how long a response may be held by a gateway that cannot store it, milliseconds. */
  unstoredMs: number;
  /** PROCESSING_DEADLINE_MS. */
  deadlineMs: number;
  /** How long it may take from the mark "submitting" until ModelsLab has the submission, milliseconds. */
  markMs: number;
  timeTroubles: TimeTroubles;
  /** What was done, by how often. */
  facts(): Record<string, number>;
}
