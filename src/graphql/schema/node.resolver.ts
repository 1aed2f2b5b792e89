import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { requireScope } from '../../swap/principal.js';
import type { GatewayContext } from '../context.js';
import { Node } from './node.types.js';
import { toGraphql } from './to-graphql.js';

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description:
      "One of the caller's own swaps, by the gateway's id only. Null for an id that was never issued, has expired, or belongs to another client.",
  })
  async node(
    @Arg('id', () => ID, { description: "The gateway's id." }) id: string,
    @Ctx() { principal, services, swapRead }: GatewayContext,
  ): Promise<Node | null> {
    requireScope(principal, 'read');
    const [view = null] = await services.swaps.getMany(principal.client, [id]);
    swapRead?.(view?.swap);
    return view && toGraphql(view);
  }

  // Non-null: it has one item for each id, which is null where `node` would be.
  @Query(() => [Node], {
    nullable: 'items',
    description: 'The nodes with these ids, in the same order; null where `node` would be null.',
  })
  async nodes(
    @Arg('ids', () => [ID], { description: "The gateway's ids, at most 100." }) ids: string[],
    @Ctx() { principal, services, swapRead }: GatewayContext,
  ): Promise<(Node | null)[]> {
    requireScope(principal, 'read');
    const views = await services.swaps.getMany(principal.client, ids);
    for (const view of views) swapRead?.(view?.swap);
    return views.map((view) => view && toGraphql(view));
  }
}
