import type { FaceSwapProvider, SwapQueue } from './swap/ports.js';

export interface GatewayStatusFacts {
  version: string;
  upstream: 'LIVE' | 'SANDBOX';
  queueLimit: number;
  processing: number;
  queued: number;
  upstreamAvailable: boolean;
}

export type GatewayStatusReader = () => Promise<GatewayStatusFacts>;

export function createGatewayStatusReader(
  fixed: Pick<GatewayStatusFacts, 'version' | 'upstream' | 'queueLimit'>,
  queue: SwapQueue,
  provider: FaceSwapProvider,
): GatewayStatusReader {
  return async () => {
    const { waiting, running } = await queue.counts();
    return { ...fixed, processing: running, queued: waiting, upstreamAvailable: provider.isAvailable() };
  };
}
