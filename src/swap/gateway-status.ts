import type { ClientRulesReader } from './client-rules.js';
import type { FaceSwapProvider, SwapQueue } from './ports.js';
import type { PauseReason } from './queue-pause.js';

export interface GatewayStatusFacts {
  version: string;
  upstream: 'LIVE' | 'SANDBOX';
  queueLimit: number;
  processing: number;
  queued: number;
  upstreamAvailable: boolean;
  /** Null: the queue is not paused. */
  pauseReason: PauseReason | null;
  /** Null: not paused, or the end is not known. */
  pausedUntil: string | null;
  consentRequired: boolean;
  uploadsAccepted: boolean;
  picturesReachable: boolean;
}

/** @param client for which consent may be required */
export type GatewayStatusReader = (client: string) => Promise<GatewayStatusFacts>;

export function createGatewayStatusReader(
  fixed: Pick<GatewayStatusFacts, 'version' | 'upstream' | 'queueLimit' | 'uploadsAccepted'>,
  { arePicturesReachable, rulesOf }: { arePicturesReachable(): boolean; rulesOf: ClientRulesReader },
  queue: Pick<SwapQueue, 'counts' | 'pauses'>,
  provider: FaceSwapProvider,
): GatewayStatusReader {
  return async (client) => {
    const [{ waiting, running }, [pause]] = await Promise.all([queue.counts(), queue.pauses()]);
    return {
      ...fixed,
      processing: running,
      queued: waiting,
      upstreamAvailable: provider.isAvailable(),
      pauseReason: pause?.reason ?? null,
      pausedUntil: pause?.until === undefined ? null : new Date(pause.until).toISOString(),
      consentRequired: rulesOf(client).requiresConsent,
      picturesReachable: arePicturesReachable(),
    };
  };
}
