import type { GraphqlTestClient } from './graphql-client.js';

/** A swap as seen by a client, with every field of the schema. */
export interface SeenSwap {
  id: string;
  status: string;
  queuePosition: number | null;
  modelsLabId: string | null;
  output: string[];
  error: { code: string; message: string; retryable: boolean } | null;
  [field: string]: unknown;
}

export const swapFields = `
  id status initImage targetImage referenceImage watermark trackId modelsLabId queuePosition estimatedCompletionAt
  output proxyLinks generationTime
  meta { seed temporary filePrefix modelSaveFormat watermark watermarkImage }
  error { code message retryable }
  lateResult { output proxyLinks receivedAt } recoveredFrom archiveState
  files { url contentType bytes width height sha256 sourceUrl sourceSha256 archivedAt expiresAt }
  createdAt updatedAt completedAt expiresAt erasedAt`;

export const swapMutation = `mutation ($input: SingleFaceSwapInput!, $wait: Int) { singleFaceSwap(input: $input, wait: $wait) { ${swapFields} } }`;
export const swapQuery = `query ($id: ID!) { swapResult(id: $id) { ${swapFields} } }`;
export const swapSubscription = `subscription ($id: ID!) { swapUpdated(id: $id) { ${swapFields} } }`;
export const cancelMutation = `mutation ($id: ID!) { cancelSwap(id: $id) { ${swapFields} } }`;

export const images = {
  initImage: 'https://images.example.com/init.jpg',
  targetImage: 'https://images.example.com/target.jpg',
  referenceImage: 'https://images.example.com/reference.jpg',
};

/** Requests a swap; fails the test with the gateway's errors if it was not accepted. */
export async function requestSwap(
  { graphql }: GraphqlTestClient,
  input: object = {},
  { wait, headers }: { wait?: number; headers?: Record<string, string> } = {},
): Promise<SeenSwap> {
  const { data, errors } = await graphql(swapMutation, { input: { ...images, ...input }, wait }, headers);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['singleFaceSwap'] as SeenSwap;
}

export async function readSwap({ graphql }: GraphqlTestClient, id: string): Promise<SeenSwap | null> {
  const { data, errors } = await graphql(swapQuery, { id });
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['swapResult'] as SeenSwap | null;
}

/** Every state that a subscriber receives, until the subscription completes. */
export async function watchToEnd(
  { subscribe }: GraphqlTestClient,
  id: string,
  connectionParams?: Record<string, unknown>,
): Promise<SeenSwap[]> {
  const seen: SeenSwap[] = [];
  for await (const { data, errors } of subscribe(swapSubscription, { id }, connectionParams)) {
    if (errors) throw new Error(JSON.stringify(errors));
    seen.push(data?.['swapUpdated'] as SeenSwap);
  }
  return seen;
}
