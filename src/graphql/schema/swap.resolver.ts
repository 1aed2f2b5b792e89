import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { requireScope } from '../../swap/principal.js';
import { parseWait } from '../../swap/request.js';
import type { SwapView } from '../../swap/watch.js';
import { callerOf, type GatewayContext } from '../context.js';
import { mentionsField } from './mentions-field.js';
import { DateTimeScalar } from './scalars.js';
import { Swap, SwapStatus } from './swap.types.js';
import { SwapConnection, toSwapConnection } from './swap-connection.types.js';
import { toGraphql } from './to-graphql.js';

interface SubscribeData {
  args: { id: string };
  context: GatewayContext;
  info: GraphQLResolveInfo;
}

@Resolver(() => Swap)
export class SwapResolver {
  @Query(() => Swap, {
    nullable: true,
    description:
      "One of the caller's own swaps. Null for an id that was never issued, has expired, or belongs to another client.",
  })
  async swapResult(
    @Arg('id', () => ID, { description: "The gateway's id, or ModelsLab's." }) id: string,
    @Arg('wait', () => Int, {
      nullable: true,
      defaultValue: 0,
      description:
        'How long the response may be held back until the swap finishes, 0–60 seconds. Null is returned at once.',
    })
    wait: number | null,
    @Ctx() { principal, services, clientLeft, swapRead }: GatewayContext,
  ): Promise<Swap | null> {
    requireScope(principal, 'read');
    const ms = parseWait(wait);
    const view = await services.swaps.get(
      principal.client,
      id,
      ms > 0 ? { ms, signal: clientLeft?.() } : undefined,
    );
    swapRead?.(view?.swap);
    return view && toGraphql(view);
  }

  // Non-null: a list exists for every client, if only an empty one.
  @Query(() => SwapConnection, {
    description:
      "The caller's own swaps, newest first. Arguments are combined: a swap is listed if it matches all of them.",
  })
  async swaps(
    @Arg('first', () => Int, { nullable: true, defaultValue: 20, description: 'Number of swaps, 0–100.' })
    first: number | null,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Cursor of the swap after which the page starts. If omitted, it starts with the newest swap.',
    })
    after: string | null,
    @Arg('status', () => [SwapStatus], {
      nullable: true,
      description: 'Only swaps with one of these states. If omitted, any; an empty list matches none.',
    })
    status: string[] | null,
    @Arg('createdAfter', () => DateTimeScalar, {
      nullable: true,
      description: 'Only swaps accepted later than this.',
    })
    createdAfter: string | null,
    @Arg('createdBefore', () => DateTimeScalar, {
      nullable: true,
      description: 'Only swaps accepted earlier than this.',
    })
    createdBefore: string | null,
    @Ctx() { principal, services }: GatewayContext,
  ): Promise<SwapConnection> {
    requireScope(principal, 'read');
    const request = { first, after, status, createdAfter, createdBefore };
    return toSwapConnection(await services.swaps.list(principal.client, request));
  }

  // Non-null, as every mutation: it returns the swap or fails, and a response with an error has no other field to save.
  @Mutation(() => Swap, { description: 'Cancels a swap that is still QUEUED; NOT_CANCELABLE otherwise.' })
  async cancelSwap(
    @Arg('id', () => ID, { description: "The gateway's id." }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<Swap> {
    const { principal, services } = context;
    requireScope(principal, 'cancel');
    const view = await services.swaps.cancel(principal.client, id);
    services.audit({ event: 'swap.canceled', swap: view.swap.id, ...callerOf(context) });
    return toGraphql(view);
  }

  @Mutation(() => Swap, {
    description:
      "Posts a finished swap to its webhook again, with the same webhook-id, whatever the outcome of earlier deliveries. At most once a minute per swap (RATE_LIMITED); BAD_USER_INPUT for a swap that is not terminal or has no webhook, NOT_FOUND for another client's swap.",
  })
  async redeliverWebhook(
    @Arg('id', () => ID, { description: "The gateway's id." }) id: string,
    @Ctx() { principal, services }: GatewayContext,
  ): Promise<Swap> {
    requireScope(principal, 'swap');
    return toGraphql(await services.swaps.redeliver(principal.client, id));
  }

  // Non-null: an event is a state of the swap; without one, there is no event.
  @Subscription(() => Swap, {
    description:
      'The current state of the swap, then each change; completes after the terminal state. A slow reader gets the latest state.',
    subscribe({ args, context: { principal, services }, info }: SubscribeData) {
      requireScope(principal, 'read');
      return services.swaps.watch(
        principal.client,
        args.id,
        mentionsField(info, 'queuePosition'),
      ) as unknown as AsyncIterable<SwapView>;
    },
  })
  swapUpdated(
    @Root() view: SwapView,
    @Arg('id', () => ID, { description: "The gateway's id." }) _id: string,
  ): Swap {
    return toGraphql(view);
  }
}
