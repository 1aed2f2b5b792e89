import 'reflect-metadata';
import { type GraphQLObjectType, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { buildSchema, type PubSub } from 'type-graphql';
import { AccountResolver } from './account.resolver.js';
import { ErasureResolver } from './erasure.resolver.js';
import { GatewayStatusResolver } from './gateway-status.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { operationResolvers } from './operations/registry.js';
import { SwapResolver } from './swap.resolver.js';
import type { Swap } from './swap.types.js';
import { toGraphql } from './to-graphql.js';

/** Required by type-graphql if there is a subscription; ours has its own event source. */
const unusedPubSub: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('every subscription must have its own subscribe function');
  },
};

/** Builds the public schema from the resolvers. Input is validated by `swap/`, not by type-graphql. */
export async function createSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      SwapResolver,
      NodeResolver,
      ...Object.values(operationResolvers),
      ErasureResolver,
      AccountResolver,
      GatewayStatusResolver,
    ],
    pubSub: unusedPubSub,
    validate: false,
  });
  resolveEventsSynchronously(schema);
  computePositionsIfSelected(schema);
  resolveNodesByName(schema);
  describeRootTypes(schema);
  return schema;
}

/**
 * Replaces type-graphql's resolver for events. It awaits the arguments even if it validates nothing, which delays each event by
 * a few microtasks, and events need no arguments.
 */
function resolveEventsSynchronously(schema: GraphQLSchema): void {
  const field = schema.getSubscriptionType()?.getFields()['swapUpdated'];
  if (!field) throw new Error('the schema has no swapUpdated');
  field.resolve = toGraphql;
}

/** An explicit resolver, since compiled operations do not call function properties. Avoids promises where possible. */
function computePositionsIfSelected(schema: GraphQLSchema): void {
  const type = schema.getType('Swap');
  const field = isObjectType(type) ? type.getFields()['queuePosition'] : undefined;
  if (!field) throw new Error('the schema has no Swap.queuePosition');
  field.resolve = ({ queuePosition }: Swap) =>
    typeof queuePosition === 'function' ? queuePosition() : queuePosition;
}

/** Swaps are the only nodes. An explicit resolver, since type-graphql's returns a type, and compiled operations need its name. */
function resolveNodesByName(schema: GraphQLSchema): void {
  const type = schema.getType('Node');
  if (!isInterfaceType(type)) throw new Error('the schema has no Node');
  type.resolveType = () => 'Swap';
}

/** type-graphql cannot describe them. */
function describeRootTypes(schema: GraphQLSchema): void {
  const describe = (type: GraphQLObjectType | null | undefined, description: string): void => {
    if (type) type.description = description;
  };
  describe(schema.getQueryType(), "What a client can read: its own swaps, and the gateway's state.");
  describe(schema.getMutationType(), 'What a client can do with its own swaps.');
  describe(schema.getSubscriptionType(), 'What a client can follow, over WebSocket (graphql-transport-ws).');
}
