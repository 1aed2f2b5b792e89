import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { exact } from './exact';
import { ListSwapsDocument, ReadSwapDocument, RequestSwapDocument } from './generated';
import { createdAfter, input, url } from './input';

async function send<Result, Variables>(
  document: DocumentTypeDecoration<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const query = print(document as never);
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ query, variables }) });
  return ((await response.json()) as { data: Result }).data;
}

const { singleFaceSwap } = await send(RequestSwapDocument, { input, wait: 20 });
exact<string>()(singleFaceSwap.createdAt);
exact<number | null>()(singleFaceSwap.trackId);
exact<string[]>()(singleFaceSwap.output);

const { node } = await send(ReadSwapDocument, { id: singleFaceSwap.id, wait: 60 });
exact<string | undefined>()(node?.id);

const { swaps } = await send(ListSwapsDocument, { status: ['FAILED', 'EXPIRED'], createdAfter });
for (const edge of swaps.edges) exact<string>()(edge.node.createdAt);
