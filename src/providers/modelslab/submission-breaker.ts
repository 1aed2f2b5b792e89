/**
 * Hand-written because common libraries measure the pause by the wall clock, which a clock step stretches or skips, and
 * let only a probe close the breaker.
 */
export interface SubmissionBreaker {
  /** Undefined: a submission may be sent, and `recordSubmission` must follow. Otherwise, milliseconds until the next attempt. */
  admit(): number | undefined;
  /** @param isOutage whether the admitted submission got no response or a 5xx */
  recordSubmission(isOutage: boolean): void;
  /**
   * Another call got a proper response, so ModelsLab is reachable: closes the breaker if the call was sent after it
   * opened. If one more outage follows, the breaker opens again and then only a submission closes it, because polls are
   * answered while submissions fail.
   *
   * @param sentAt on the breaker's clock
   */
  recordResponse(sentAt: number): void;
  isClosed(): boolean;
}

export interface SubmissionBreakerOptions {
  /** Consecutive outages that open the breaker. */
  breakAfter: number;
  /** How long it stays open, milliseconds; then one submission goes out as a probe. */
  breakForMs: number;
  /** A monotonic clock, milliseconds. */
  now(): number;
  onOpen(): void;
  onClose(): void;
}

/** How long others wait for a probe's outcome before checking again, milliseconds. */
const probeWaitMs = 1000;

export function createSubmissionBreaker(options: SubmissionBreakerOptions): SubmissionBreaker {
  const { breakAfter, breakForMs, now, onOpen, onClose } = options;
  let outages = 0;
  let wasMisled = false;
  let isClosedByPoll = false;
  let open: { since: number; until: number; isProbing: boolean } | undefined;

  const close = (): void => {
    if (!open) return;
    open = undefined;
    onClose();
  };
  return {
    admit() {
      if (!open) return undefined;
      const waitMs = open.until - now();
      if (waitMs > 0) return waitMs;
      if (open.isProbing) return probeWaitMs;
      open.isProbing = true;
      return undefined;
    },
    recordSubmission(isOutage) {
      if (!isOutage) {
        outages = 0;
        wasMisled = false;
        isClosedByPoll = false;
        close();
        return;
      }
      outages += 1;
      if (outages < breakAfter || (open && !open.isProbing)) return;
      if (!open) onOpen();
      wasMisled ||= isClosedByPoll;
      isClosedByPoll = false;
      open = { since: now(), until: now() + breakForMs, isProbing: false };
    },
    recordResponse(sentAt) {
      if (!open || sentAt < open.since || wasMisled) return;
      isClosedByPoll = true;
      outages = Math.min(outages, breakAfter - 1);
      close();
    },
    isClosed: () => open === undefined,
  };
}
