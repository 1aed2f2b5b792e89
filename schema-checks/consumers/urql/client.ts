import { Client, fetchExchange } from '@urql/core';
import { exact } from './exact';
import { FollowSwapDocument, ListSwapsDocument, ReadSwapDocument, RequestSwapDocument } from './generated';
import { createdAfter, input, url } from './input';

const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false });

const requested = await client.mutation(RequestSwapDocument, { input });
const id = requested.data?.singleFaceSwap.id ?? '';
client.subscription(FollowSwapDocument, { id }).subscribe(({ data }) => {
  if (data) exact<string>()(data.swapUpdated.createdAt);
});

const read = await client.query(ReadSwapDocument, { id, wait: 30 });
if (read.data?.swapResult) exact<string[]>()(read.data.swapResult.output);

const { data } = await client.query(ListSwapsDocument, { first: 20, createdAfter });
for (const { cursor, node } of data?.swaps.edges ?? []) {
  exact<string>()(cursor);
  exact<string>()(node.createdAt);
}
