import 'reflect-metadata';
import { type GraphQLSchema, isObjectType } from 'graphql';
import { buildSchema, type PubSub } from 'type-graphql';
import { GatewayStatusResolver } from './gateway-status.resolver.js';
import { operationResolvers } from './operations/registry.js';
import { SwapResolver } from './swap.resolver.js';
import type { Swap } from './swap.types.js';
import { toGraphql } from './to-graphql.js';

/** type-graphql asks for one as soon as there is a subscription; ours brings its own source of events. */
const unusedPubSub: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('every subscription has a subscribe function of its own');
  },
};

/** The public schema, from the resolvers. Input is checked by `swap/`, not by type-graphql's validator. */
export async function createSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [SwapResolver, ...Object.values(operationResolvers), GatewayStatusResolver],
    pubSub: unusedPubSub,
    validate: false,
  });
  tellEventsAtOnce(schema);
  computePositionsIfSelected(schema);
  return schema;
}

/**
 * type-graphql hands arguments over as promises, even where it validates nothing, so that each event would be told a few
 * turns of the microtask queue late. Events need no arguments.
 */
function tellEventsAtOnce(schema: GraphQLSchema): void {
  const field = schema.getSubscriptionType()?.getFields()['swapUpdated'];
  if (!field) throw new Error('the schema has no swapUpdated');
  field.resolve = toGraphql;
}

/** Explicit, since compiled operations do not call function properties. Returns no promise unless one is needed. */
function computePositionsIfSelected(schema: GraphQLSchema): void {
  const type = schema.getType('Swap');
  const field = isObjectType(type) ? type.getFields()['queuePosition'] : undefined;
  if (!field) throw new Error('the schema has no Swap.queuePosition');
  field.resolve = ({ queuePosition }: Swap) =>
    typeof queuePosition === 'function' ? queuePosition() : queuePosition;
}
