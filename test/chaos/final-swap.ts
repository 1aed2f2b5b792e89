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
  initImage?: string;
  erasedAt?: string | null;
  archiveState?: string;
  files?: { url: string; sourceUrl: string }[];
  /** `output` as clients see it. `output` and the late result's have the sandbox's URLs instead. */
  shown?: string[];
}

/** The swap of a submission, according to its webhook URL; `unknown` without one. */
export function swapIdOf(webhook: string | null): string {
  return /\/webhooks\/modelslab\/([0-9a-f-]{36})\./.exec(webhook ?? '')?.[1] ?? 'unknown';
}

/** The swap with the sandbox's URLs of its pictures, whether they are archived or not. */
export function withSandboxUrls(swap: FinalSwap): FinalSwap {
  const made = swap.files && swap.files.length > 0 ? swap.files.map(({ sourceUrl }) => sourceUrl) : undefined;
  return {
    ...swap,
    shown: swap.output,
    output: swap.output.length > 0 ? (made ?? swap.output) : [],
    lateResult: swap.lateResult && { output: made ?? swap.lateResult.output },
  };
}
