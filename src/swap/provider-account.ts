/** What a question about the account led to. `silent`: no usable answer, with the reason for the log. */
export type AccountAnswer = { kind: 'told'; value: number } | { kind: 'silent'; reason: string };

/** What the provider tells about the account, where the plan includes it. Free of charge, and never throws. */
export interface ProviderAccount {
  /** How many generations it has in its queue, of all programs that use the account: a whole number. */
  processing(): Promise<AccountAnswer>;
  /** What is left to spend, in the account's currency. */
  balance(): Promise<AccountAnswer>;
}

/** What is known of the account now; absent: nothing. */
export interface AccountFacts {
  processing?: number;
  balance?: number;
}
