/** What the operator decided for one client. */
export interface ClientRules {
  /** Swaps that the client may have accepted within 24 hours. Undefined: no limit. */
  swapsPerDay: number | undefined;
  /** Limit on the client's queued swaps. */
  maxWaiting: number;
  /** Whether swaps without a watermark are rejected. */
  requiresWatermark: boolean;
  /** Whether swaps without `consent: true` are rejected. */
  requiresConsent: boolean;
}

/** @param client as in `Principal`; for a client token, the rules of the client that created it */
export type ClientRulesReader = (client: string) => ClientRules;
