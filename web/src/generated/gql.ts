/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    ...SwapCard\n  }\n}": typeof types.CancelSwapDocument,
    "mutation EraseSwap($id: ID!) {\n  eraseSwap(id: $id) {\n    id\n    erasedAt\n    parts {\n      what\n      state\n      reason\n    }\n  }\n}": typeof types.EraseSwapDocument,
    "subscription FollowSwap($id: ID!) {\n  swapUpdated(id: $id) {\n    ...SwapCard\n  }\n}": typeof types.FollowSwapDocument,
    "query OneSwap($id: ID!) {\n  swapResult(id: $id) {\n    ...SwapCard\n  }\n}": typeof types.OneSwapDocument,
    "query Overview($first: Int!, $after: String, $status: [SwapStatus!], $createdAfter: DateTime) {\n  gatewayStatus {\n    version\n    upstream\n    queueLimit\n    processing\n    queued\n    upstreamAvailable\n    pauseReason\n    uploadsAccepted\n    picturesReachable\n  }\n  swaps(\n    first: $first\n    after: $after\n    status: $status\n    createdAfter: $createdAfter\n  ) {\n    edges {\n      cursor\n      node {\n        ...SwapCard\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": typeof types.OverviewDocument,
    "mutation RequestSwap($input: SingleFaceSwapInput!) {\n  singleFaceSwap(input: $input) {\n    ...SwapCard\n  }\n}": typeof types.RequestSwapDocument,
    "query Samples {\n  samples {\n    url\n    title\n    faces\n  }\n}": typeof types.SamplesDocument,
    "fragment SwapCard on Swap {\n  id\n  status\n  initImage\n  targetImage\n  referenceImage\n  watermark\n  queuePosition\n  estimatedCompletionAt\n  output\n  error {\n    code\n    message\n    retryable\n  }\n  createdAt\n  updatedAt\n  completedAt\n  erasedAt\n  archiveState\n  files {\n    url\n    width\n    height\n    provenance {\n      state\n      disclosure\n      digitalSourceType\n    }\n  }\n}": typeof types.SwapCardFragmentDoc,
};
const documents: Documents = {
    "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    ...SwapCard\n  }\n}": types.CancelSwapDocument,
    "mutation EraseSwap($id: ID!) {\n  eraseSwap(id: $id) {\n    id\n    erasedAt\n    parts {\n      what\n      state\n      reason\n    }\n  }\n}": types.EraseSwapDocument,
    "subscription FollowSwap($id: ID!) {\n  swapUpdated(id: $id) {\n    ...SwapCard\n  }\n}": types.FollowSwapDocument,
    "query OneSwap($id: ID!) {\n  swapResult(id: $id) {\n    ...SwapCard\n  }\n}": types.OneSwapDocument,
    "query Overview($first: Int!, $after: String, $status: [SwapStatus!], $createdAfter: DateTime) {\n  gatewayStatus {\n    version\n    upstream\n    queueLimit\n    processing\n    queued\n    upstreamAvailable\n    pauseReason\n    uploadsAccepted\n    picturesReachable\n  }\n  swaps(\n    first: $first\n    after: $after\n    status: $status\n    createdAfter: $createdAfter\n  ) {\n    edges {\n      cursor\n      node {\n        ...SwapCard\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": types.OverviewDocument,
    "mutation RequestSwap($input: SingleFaceSwapInput!) {\n  singleFaceSwap(input: $input) {\n    ...SwapCard\n  }\n}": types.RequestSwapDocument,
    "query Samples {\n  samples {\n    url\n    title\n    faces\n  }\n}": types.SamplesDocument,
    "fragment SwapCard on Swap {\n  id\n  status\n  initImage\n  targetImage\n  referenceImage\n  watermark\n  queuePosition\n  estimatedCompletionAt\n  output\n  error {\n    code\n    message\n    retryable\n  }\n  createdAt\n  updatedAt\n  completedAt\n  erasedAt\n  archiveState\n  files {\n    url\n    width\n    height\n    provenance {\n      state\n      disclosure\n      digitalSourceType\n    }\n  }\n}": types.SwapCardFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    ...SwapCard\n  }\n}"): (typeof documents)["mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    ...SwapCard\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation EraseSwap($id: ID!) {\n  eraseSwap(id: $id) {\n    id\n    erasedAt\n    parts {\n      what\n      state\n      reason\n    }\n  }\n}"): (typeof documents)["mutation EraseSwap($id: ID!) {\n  eraseSwap(id: $id) {\n    id\n    erasedAt\n    parts {\n      what\n      state\n      reason\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription FollowSwap($id: ID!) {\n  swapUpdated(id: $id) {\n    ...SwapCard\n  }\n}"): (typeof documents)["subscription FollowSwap($id: ID!) {\n  swapUpdated(id: $id) {\n    ...SwapCard\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query OneSwap($id: ID!) {\n  swapResult(id: $id) {\n    ...SwapCard\n  }\n}"): (typeof documents)["query OneSwap($id: ID!) {\n  swapResult(id: $id) {\n    ...SwapCard\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Overview($first: Int!, $after: String, $status: [SwapStatus!], $createdAfter: DateTime) {\n  gatewayStatus {\n    version\n    upstream\n    queueLimit\n    processing\n    queued\n    upstreamAvailable\n    pauseReason\n    uploadsAccepted\n    picturesReachable\n  }\n  swaps(\n    first: $first\n    after: $after\n    status: $status\n    createdAfter: $createdAfter\n  ) {\n    edges {\n      cursor\n      node {\n        ...SwapCard\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"): (typeof documents)["query Overview($first: Int!, $after: String, $status: [SwapStatus!], $createdAfter: DateTime) {\n  gatewayStatus {\n    version\n    upstream\n    queueLimit\n    processing\n    queued\n    upstreamAvailable\n    pauseReason\n    uploadsAccepted\n    picturesReachable\n  }\n  swaps(\n    first: $first\n    after: $after\n    status: $status\n    createdAfter: $createdAfter\n  ) {\n    edges {\n      cursor\n      node {\n        ...SwapCard\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RequestSwap($input: SingleFaceSwapInput!) {\n  singleFaceSwap(input: $input) {\n    ...SwapCard\n  }\n}"): (typeof documents)["mutation RequestSwap($input: SingleFaceSwapInput!) {\n  singleFaceSwap(input: $input) {\n    ...SwapCard\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Samples {\n  samples {\n    url\n    title\n    faces\n  }\n}"): (typeof documents)["query Samples {\n  samples {\n    url\n    title\n    faces\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment SwapCard on Swap {\n  id\n  status\n  initImage\n  targetImage\n  referenceImage\n  watermark\n  queuePosition\n  estimatedCompletionAt\n  output\n  error {\n    code\n    message\n    retryable\n  }\n  createdAt\n  updatedAt\n  completedAt\n  erasedAt\n  archiveState\n  files {\n    url\n    width\n    height\n    provenance {\n      state\n      disclosure\n      digitalSourceType\n    }\n  }\n}"): (typeof documents)["fragment SwapCard on Swap {\n  id\n  status\n  initImage\n  targetImage\n  referenceImage\n  watermark\n  queuePosition\n  estimatedCompletionAt\n  output\n  error {\n    code\n    message\n    retryable\n  }\n  createdAt\n  updatedAt\n  completedAt\n  erasedAt\n  archiveState\n  files {\n    url\n    width\n    height\n    provenance {\n      state\n      disclosure\n      digitalSourceType\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;