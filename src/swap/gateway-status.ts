import type { ClientRulesReader } from './client-rules.js';
import type { FaceSwapProvider, SwapQueue } from './ports.js';

export interface GatewayStatusFacts {
  version: string;
  upstream: 'LIVE' | 'SANDBOX';
  queueLimit: number;
  processing: number;
  queued: number;
  upstreamAvailable: boolean;
  consentRequired: boolean;
  uploadsAccepted: boolean;
  picturesReachable: boolean;
}

/** @param client for which consent may be required */
export type GatewayStatusReader = (client: string) => Promise<GatewayStatusFacts>;

export function createGatewayStatusReader(
  fixed: Pick<GatewayStatusFacts, 'version' | 'upstream' | 'queueLimit' | 'uploadsAccepted'>,
  { arePicturesReachable, rulesOf }: { arePicturesReachable(): boolean; rulesOf: ClientRulesReader },
  queue: SwapQueue,
  provider: FaceSwapProvider,
): GatewayStatusReader {
  return async (client) => {
    const { waiting, running } = await queue.counts();
    return {
      ...fixed,
      processing: running,
      queued: waiting,
      upstreamAvailable: provider.isAvailable(),
      consentRequired: rulesOf(client).requiresConsent,
      picturesReachable: arePicturesReachable(),
    };
  };
}
