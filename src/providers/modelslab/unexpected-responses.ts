import { LRUCache } from 'lru-cache';
import { one } from '../../lib/lru-size.js';
import { redactUrlParts } from '../../lib/redact-urls.js';
import type { SwapLog } from '../../swap/ports.js';
import type { BodyOddity } from './wire.js';

/**
 * What was unexpected: `unreadable`, no JSON from ModelsLab; `incomplete`, truncated but usable; `contradiction`,
 * pictures or progress along with an error; `redirect`; or a deviation in the body.
 */
export type UnexpectedKind = 'unreadable' | 'incomplete' | 'contradiction' | 'redirect' | BodyOddity;

export interface UnexpectedResponse {
  where: 'submit' | 'fetch' | 'webhook';
  kind: UnexpectedKind;
}

export interface UnexpectedDetails {
  swapId: string | undefined;
  httpStatus?: number;
  /** Secrets are already redacted; URLs are removed here. */
  text: string;
}

/** Counts each unexpected response, and logs the first one of each swap. */
export type UnexpectedRecorder = (response: UnexpectedResponse, details: UnexpectedDetails) => void;

const maxSwaps = 10_000;
const maxLoggedLength = 2000;

/** The loggable part of a body: at most 2,000 characters, without URLs or parts of them. */
export const loggable = (text: string): string => redactUrlParts(text).slice(0, maxLoggedLength);

export function createUnexpectedRecorder(
  log: SwapLog,
  onUnexpected: ((response: UnexpectedResponse) => void) | undefined,
): UnexpectedRecorder {
  const logged = new LRUCache<string, true>({ maxSize: maxSwaps, sizeCalculation: one });
  return ({ where, kind }, { swapId, httpStatus, text }) => {
    onUnexpected?.({ where, kind });
    if (swapId !== undefined) {
      if (logged.has(swapId)) return;
      logged.set(swapId, true);
    }
    log.warn(
      { swap: swapId, where, kind, httpStatus, body: loggable(text) },
      'unexpected response from ModelsLab',
    );
  };
}
