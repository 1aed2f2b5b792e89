import type { ProviderCallContext } from '../ports.js';
import type { Swap } from '../swap.js';

/** What a call for this swap is logged and traced with. */
export const callContext = ({ id, acceptedBy }: Swap): ProviderCallContext => ({
  swapId: id,
  traceparent: acceptedBy?.traceparent,
});
