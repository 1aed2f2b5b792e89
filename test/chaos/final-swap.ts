/** A swap as returned by a query at the end. */
export interface FinalSwap {
  id: string;
  status: string;
  modelsLabId: string | null;
  output: string[];
  error: { code: string } | null;
  completedAt: string | null;
  lateResult: { output: string[] } | null;
  /** The failed swap whose late result this one reuses. */
  recoveredFrom: string | null;
}

/** The swap of a submission, according to its webhook URL; `unknown` without one. */
export function swapIdOf(webhook: string | null): string {
  return /\/webhooks\/modelslab\/([0-9a-f-]{36})\./.exec(webhook ?? '')?.[1] ?? 'unknown';
}
