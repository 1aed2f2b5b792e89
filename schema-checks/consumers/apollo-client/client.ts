import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { exact } from './exact';
import { FollowSwapDocument, ListSwapsDocument, ReadSwapDocument, RequestSwapDocument } from './generated';
import { createdAfter, input, url } from './input';

const client = new ApolloClient({
  link: new HttpLink({ uri: url }),
  cache: new InMemoryCache({
    possibleTypes: { Node: ['Swap'] },
    typePolicies: {
      Query: { fields: { swaps: relayStylePagination(['status', 'createdAfter', 'createdBefore']) } },
    },
  }),
});

const requested = await client.mutate({ mutation: RequestSwapDocument, variables: { input } });
const id = requested.data?.singleFaceSwap.id ?? '';
client.subscribe({ query: FollowSwapDocument, variables: { id } }).subscribe(({ data }) => {
  if (data) exact<string>()(data.swapUpdated.createdAt);
});

const read = await client.query({ query: ReadSwapDocument, variables: { id, wait: 30 } });
if (read.data?.swapResult) exact<string[]>()(read.data.swapResult.output);

const { data } = await client.query({ query: ListSwapsDocument, variables: { first: 20, createdAfter } });
for (const { node } of data?.swaps.edges ?? []) exact<string>()(node.createdAt);
