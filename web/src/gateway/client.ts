import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { observedFetch } from './observed-fetch.ts';
import { createSwapCache } from './swap-cache.ts';
import { createSwapSocket } from './swap-socket.ts';

/** Queries and mutations over HTTP, subscriptions over a WebSocket; both to the page's origin. */
export const socket = createSwapSocket();

export const client = new ApolloClient({
  cache: createSwapCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: '/graphql', fetch: observedFetch }),
  ),
});
