import type { SwapUpdatedSubscription } from '../generated/graphql.js';

/** A swap as reported while it is followed. */
export type Swap = SwapUpdatedSubscription['swapUpdated'];

/** Whether the swap is in a terminal state: SUCCEEDED, FAILED, CANCELED or EXPIRED. */
export const isEnded = ({ status }: Pick<Swap, 'status'>): boolean =>
  status !== 'QUEUED' && status !== 'PROCESSING';

/**
 * Follows a swap over one transport: the current state, then each change.
 *
 * @returns the finished swap
 * @throws SwapClientError, UNREACHABLE if the connection was lost; the signal's reason when aborted; what `onState` throws
 */
export type SwapFollower = (id: string, onState: (swap: Swap) => void, signal: AbortSignal) => Promise<Swap>;
