import { redactUrlParts } from '../../lib/redact-urls.js';
import type { SwapIndex, SwapQueue, SwapStore } from '../../swap/ports.js';
import { isEnded, type Swap } from '../../swap/swap.js';
import { isoTime as time } from './admin-fields.js';
import type { AdminRoute } from './admin-route.js';

export interface SwapRouteOptions {
  store: Pick<SwapStore, 'get'>;
  swapIndex: Pick<SwapIndex, 'idByModelsLabId'>;
  queue: Pick<SwapQueue, 'position' | 'missing'>;
}

/** Ids of the gateway and of ModelsLab. Other text is not looked up, and not recorded: it may be anything. */
const idForm = /^[\w-]{1,128}$/;

/** `GET /swaps/{id}`: any client's swap, by the gateway's id or ModelsLab's, without URLs. `queueState` of an open one: WAITING, RUNNING or MISSING. */
export function createSwapRoute({ store, swapIndex, queue }: SwapRouteOptions): AdminRoute {
  const find = async (id: string): Promise<Swap | undefined> => {
    const own = await store.get(id);
    if (own) return own;
    const linked = await swapIndex.idByModelsLabId(id);
    return linked === undefined ? undefined : store.get(linked);
  };
  return {
    method: 'GET',
    path: '/swaps/:id',
    act: 'swap.read',
    subject: ({ params }) => (idForm.test(params['id'] ?? '') ? { swap: params['id'] ?? '' } : {}),
    async run({ params }) {
      const { id = '' } = params;
      const swap = idForm.test(id) ? await find(id) : undefined;
      if (!swap) return undefined;
      if (isEnded(swap)) return { ...describe(swap), queuePosition: null, queueState: null };
      const [queuePosition, missing] = await Promise.all([queue.position(swap.id), queue.missing([swap.id])]);
      const queueState = missing.length > 0 ? 'MISSING' : queuePosition === null ? 'RUNNING' : 'WAITING';
      return { ...describe(swap), queuePosition, queueState };
    },
  };
}

function describe(swap: Swap): object {
  const ended = isEnded(swap) ? swap : undefined;
  const submittedAt =
    swap.status === 'QUEUED'
      ? swap.submittingSince
      : swap.status === 'PROCESSING'
        ? swap.submittedAt
        : undefined;
  return {
    id: swap.id,
    client: swap.client,
    status: swap.status,
    modelsLabId: swap.modelsLabId ?? null,
    trackId: swap.request.trackId ?? null,
    hasWebhook: swap.request.webhook !== undefined,
    createdAt: time(swap.createdAt),
    updatedAt: time(swap.updatedAt),
    submittedAt: time(submittedAt),
    completedAt: time(ended?.completedAt),
    expiresAt: time(ended?.expiresAt),
    pictures: ended?.result?.output.length ?? 0,
    generationTime: ended?.result?.generationTime ?? null,
    error: ended?.error ? { ...ended.error, message: redactUrlParts(ended.error.message) } : null,
    lateUntil: time(ended?.lateUntil),
    lateResultAt: time(ended?.lateResult?.receivedAt),
    recoveredFrom: ended?.recoveredFrom ?? (swap.status === 'QUEUED' ? swap.recovered?.from : null) ?? null,
  };
}
