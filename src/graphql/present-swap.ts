import { isEnded } from '../swap/swap.js';
import type { SwapView } from '../swap/swap-watch.js';
import type { Swap } from './swap.types.js';

/** A swap in the form of the schema. */
export function presentSwap({ swap, queuePosition }: SwapView): Swap {
  const ended = isEnded(swap) ? swap : undefined;
  const { trackId, ...request } = swap.request;
  return {
    id: swap.id,
    status: swap.status,
    initImage: request.initImage,
    targetImage: request.targetImage,
    referenceImage: request.referenceImage,
    watermark: request.watermark,
    trackId: trackId ?? null,
    modelsLabId: swap.modelsLabId ?? null,
    queuePosition,
    estimatedCompletionAt: swap.status === 'PROCESSING' ? (swap.estimatedCompletionAt ?? null) : null,
    output: ended?.result?.output ?? [],
    proxyLinks: ended?.result?.proxyLinks ?? [],
    generationTime: ended?.result?.generationTime ?? null,
    meta: ended?.result?.meta ?? null,
    error: ended?.error ?? null,
    createdAt: swap.createdAt,
    updatedAt: swap.updatedAt,
    completedAt: ended?.completedAt ?? null,
    expiresAt: ended?.expiresAt ?? null,
  };
}
