import type { Config } from '../config/config.js';
import type { SwapPolicy } from '../swap/ports.js';

/** Poll intervals grow up to this multiple of the first delay, but not beyond 30 s. */
const pollIntervalSpread = 30;
const maxPollIntervalMs = 30_000;

export function swapPolicyOf(config: Config): SwapPolicy {
  const { pollIntervalMs } = config;
  return {
    queueDeadlineMs: config.queueDeadlineMs,
    processingDeadlineMs: config.processingDeadlineMs,
    unknownSlotMs: config.unknownSlotMs,
    pollIntervalMs,
    maxPollIntervalMs: Math.max(
      pollIntervalMs,
      Math.min(pollIntervalSpread * pollIntervalMs, maxPollIntervalMs),
    ),
    resultTtlMs: config.resultTtlMs,
  };
}
