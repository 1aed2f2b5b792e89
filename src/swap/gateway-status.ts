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

export type GatewayStatusReader = () => Promise<GatewayStatusFacts>;

export function createGatewayStatusReader(
  fixed: Pick<
    GatewayStatusFacts,
    'version' | 'upstream' | 'queueLimit' | 'consentRequired' | 'uploadsAccepted'
  >,
  arePicturesReachable: () => boolean,
  queue: SwapQueue,
  provider: FaceSwapProvider,
): GatewayStatusReader {
  return async () => {
    const { waiting, running } = await queue.counts();
    return {
      ...fixed,
      processing: running,
      queued: waiting,
      upstreamAvailable: provider.isAvailable(),
      picturesReachable: arePicturesReachable(),
    };
  };
}
