/** A swap as a query gives it in the end. */
export interface FinalSwap {
  id: string;
  status: string;
  modelsLabId: string | null;
  output: string[];
  error: { code: string } | null;
  completedAt: string | null;
  lateResult: { output: string[] } | null;
  /** The failed swap whose late result this one completed with. */
  recoveredFrom: string | null;
}

/** The swap that a submission was made for, by the webhook URL that it gave; `unknown` without one. */
export function swapIdOf(webhook: string | null): string {
  return /\/webhooks\/modelslab\/([0-9a-f-]{36})\./.exec(webhook ?? '')?.[1] ?? 'unknown';
}
