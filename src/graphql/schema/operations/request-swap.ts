import type { CreateSwapCommand } from '../../../swap/request.js';
import { callerOf, type GatewayContext } from '../../context.js';
import type { Swap } from '../swap.types.js';
import { toGraphql } from '../to-graphql.js';

/** Requests a swap and records it, when it is accepted rather than when the response is sent. For the mutation of any operation. */
export async function requestSwap(context: GatewayContext, command: CreateSwapCommand): Promise<Swap> {
  const { principal, services, requestId, span } = context;
  const view = await services.swaps.request(principal.client, command, {
    acceptedBy: { requestId, ...(span && { traceparent: span.traceparent }) },
    onAccepted: (swap, isNew) =>
      services.audit({ event: 'swap.requested', swap: swap.id, isRepeated: !isNew, ...callerOf(context) }),
    signal: command.waitMs > 0 ? context.clientLeft?.() : undefined,
  });
  return toGraphql(view);
}
