import { GraphQLClient } from 'graphql-request';
import { exact } from './exact';
import { ListSwapsDocument, ReadSwapDocument, RequestSwapDocument } from './generated';
import { createdAfter, input, url } from './input';

const client = new GraphQLClient(url, { headers: { authorization: 'Bearer my-key' } });

const { singleFaceSwap } = await client.request(RequestSwapDocument, { input, wait: 20 });
exact<string>()(singleFaceSwap.createdAt);

const { swapResult } = await client.request(ReadSwapDocument, { id: singleFaceSwap.id });
if (swapResult) exact<string[]>()(swapResult.output);

const { swaps } = await client.request(ListSwapsDocument, { status: ['SUCCEEDED'], createdAfter });
for (const { node } of swaps.edges) exact<string>()(node.createdAt);
