import type { DeathLog } from './killer.ts';
import type { TimeTroubles } from './time-troubles.ts';

/** The gateways under test, and the disruptions that hit them while requests arrive. */
export interface Deployment {
  /** Stable across restarts. */
  url: string;
  /** How long the disruptions last, over which requests should be spread. Milliseconds. */
  durationMs: number;
  /** Resolves when all disruptions are over and everything left runs undisturbed. */
  calm(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
  /** Files of the gateway that have one of these texts, in their name or content. Absent: its store rewrites its files later. */
  find?(texts: readonly string[]): string[];
  /** The output of all processes. */
  output(): string;
  /** Secrets that must not be in it. */
  secrets: string[];
  deaths: Pick<DeathLog, 'own' | 'byPlace' | 'times'>;
  /** How long a gateway may hold a response that it cannot store, milliseconds. */
  unstoredMs: number;
  /** PROCESSING_DEADLINE_MS. */
  deadlineMs: number;
  /** Maximum time from the mark "submitting" until ModelsLab has the submission, milliseconds. */
  markMs: number;
  timeTroubles: TimeTroubles;
  /** Counts of the disruptions, by kind. */
  facts(): Record<string, number>;
}
