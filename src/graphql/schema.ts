import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type PubSub } from 'type-graphql';
import { GatewayStatusResolver } from './gateway-status.resolver.js';
import { SwapResolver } from './swap.resolver.js';

/** type-graphql asks for one as soon as there is a subscription; ours brings its own source of events. */
const unusedPubSub: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('every subscription has a subscribe function of its own');
  },
};

/** The public schema, from the resolvers. Input is checked by `swap/`, not by type-graphql's validator. */
export function createSchema(): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers: [SwapResolver, GatewayStatusResolver],
    pubSub: unusedPubSub,
    validate: false,
  });
}
