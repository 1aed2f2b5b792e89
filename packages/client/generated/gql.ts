/* eslint-disable */
import * as types from './graphql.js';



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
    "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    completedAt\n    id\n    status\n  }\n}": typeof types.CancelSwapDocument,
    "mutation EraseSwap($id: ID!) {\n  eraseSwap(id: $id) {\n    erasedAt\n    id\n    parts {\n      reason\n      state\n      what\n    }\n  }\n}": typeof types.EraseSwapDocument,
    "query GatewayStatus {\n  gatewayStatus {\n    consentRequired\n    picturesReachable\n    processing\n    queueLimit\n    queued\n    uploadsAccepted\n    upstream\n    upstreamAvailable\n    version\n  }\n}": typeof types.GatewayStatusDocument,
    "query Samples {\n  samples {\n    faces\n    title\n    url\n  }\n}": typeof types.SamplesDocument,
    "mutation SingleFaceSwap($input: SingleFaceSwapInput!, $wait: Int) {\n  singleFaceSwap(input: $input, wait: $wait) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}": typeof types.SingleFaceSwapDocument,
    "query SwapProgress($id: ID!, $wait: Int) {\n  swapResult(id: $id, wait: $wait) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}": typeof types.SwapProgressDocument,
    "query SwapResult($id: ID!) {\n  swapResult(id: $id) {\n    completedAt\n    createdAt\n    erasedAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    expiresAt\n    generationTime\n    id\n    initImage\n    lateResult {\n      output\n      proxyLinks\n      receivedAt\n    }\n    meta {\n      filePrefix\n      modelSaveFormat\n      seed\n      temporary\n      watermark\n      watermarkImage\n    }\n    modelsLabId\n    output\n    proxyLinks\n    queuePosition\n    recoveredFrom\n    referenceImage\n    status\n    targetImage\n    trackId\n    updatedAt\n    watermark\n  }\n}": typeof types.SwapResultDocument,
    "subscription SwapUpdated($id: ID!) {\n  swapUpdated(id: $id) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}": typeof types.SwapUpdatedDocument,
    "query Swaps($after: String, $createdAfter: DateTime, $createdBefore: DateTime, $first: Int, $status: [SwapStatus!]) {\n  swaps(\n    first: $first\n    after: $after\n    status: $status\n    createdAfter: $createdAfter\n    createdBefore: $createdBefore\n  ) {\n    edges {\n      cursor\n      node {\n        completedAt\n        createdAt\n        id\n        initImage\n        output\n        status\n        targetImage\n      }\n    }\n    pageInfo {\n      endCursor\n      hasNextPage\n    }\n  }\n}": typeof types.SwapsDocument,
};
const documents: Documents = {
    "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    completedAt\n    id\n    status\n  }\n}": types.CancelSwapDocument,
    "mutation EraseSwap($id: ID!) {\n  eraseSwap(id: $id) {\n    erasedAt\n    id\n    parts {\n      reason\n      state\n      what\n    }\n  }\n}": types.EraseSwapDocument,
    "query GatewayStatus {\n  gatewayStatus {\n    consentRequired\n    picturesReachable\n    processing\n    queueLimit\n    queued\n    uploadsAccepted\n    upstream\n    upstreamAvailable\n    version\n  }\n}": types.GatewayStatusDocument,
    "query Samples {\n  samples {\n    faces\n    title\n    url\n  }\n}": types.SamplesDocument,
    "mutation SingleFaceSwap($input: SingleFaceSwapInput!, $wait: Int) {\n  singleFaceSwap(input: $input, wait: $wait) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}": types.SingleFaceSwapDocument,
    "query SwapProgress($id: ID!, $wait: Int) {\n  swapResult(id: $id, wait: $wait) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}": types.SwapProgressDocument,
    "query SwapResult($id: ID!) {\n  swapResult(id: $id) {\n    completedAt\n    createdAt\n    erasedAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    expiresAt\n    generationTime\n    id\n    initImage\n    lateResult {\n      output\n      proxyLinks\n      receivedAt\n    }\n    meta {\n      filePrefix\n      modelSaveFormat\n      seed\n      temporary\n      watermark\n      watermarkImage\n    }\n    modelsLabId\n    output\n    proxyLinks\n    queuePosition\n    recoveredFrom\n    referenceImage\n    status\n    targetImage\n    trackId\n    updatedAt\n    watermark\n  }\n}": types.SwapResultDocument,
    "subscription SwapUpdated($id: ID!) {\n  swapUpdated(id: $id) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}": types.SwapUpdatedDocument,
    "query Swaps($after: String, $createdAfter: DateTime, $createdBefore: DateTime, $first: Int, $status: [SwapStatus!]) {\n  swaps(\n    first: $first\n    after: $after\n    status: $status\n    createdAfter: $createdAfter\n    createdBefore: $createdBefore\n  ) {\n    edges {\n      cursor\n      node {\n        completedAt\n        createdAt\n        id\n        initImage\n        output\n        status\n        targetImage\n      }\n    }\n    pageInfo {\n      endCursor\n      hasNextPage\n    }\n  }\n}": types.SwapsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    completedAt\n    id\n    status\n  }\n}"): typeof import('./graphql.js').CancelSwapDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation EraseSwap($id: ID!) {\n  eraseSwap(id: $id) {\n    erasedAt\n    id\n    parts {\n      reason\n      state\n      what\n    }\n  }\n}"): typeof import('./graphql.js').EraseSwapDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query GatewayStatus {\n  gatewayStatus {\n    consentRequired\n    picturesReachable\n    processing\n    queueLimit\n    queued\n    uploadsAccepted\n    upstream\n    upstreamAvailable\n    version\n  }\n}"): typeof import('./graphql.js').GatewayStatusDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Samples {\n  samples {\n    faces\n    title\n    url\n  }\n}"): typeof import('./graphql.js').SamplesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SingleFaceSwap($input: SingleFaceSwapInput!, $wait: Int) {\n  singleFaceSwap(input: $input, wait: $wait) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}"): typeof import('./graphql.js').SingleFaceSwapDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SwapProgress($id: ID!, $wait: Int) {\n  swapResult(id: $id, wait: $wait) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}"): typeof import('./graphql.js').SwapProgressDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SwapResult($id: ID!) {\n  swapResult(id: $id) {\n    completedAt\n    createdAt\n    erasedAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    expiresAt\n    generationTime\n    id\n    initImage\n    lateResult {\n      output\n      proxyLinks\n      receivedAt\n    }\n    meta {\n      filePrefix\n      modelSaveFormat\n      seed\n      temporary\n      watermark\n      watermarkImage\n    }\n    modelsLabId\n    output\n    proxyLinks\n    queuePosition\n    recoveredFrom\n    referenceImage\n    status\n    targetImage\n    trackId\n    updatedAt\n    watermark\n  }\n}"): typeof import('./graphql.js').SwapResultDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription SwapUpdated($id: ID!) {\n  swapUpdated(id: $id) {\n    completedAt\n    createdAt\n    error {\n      code\n      message\n      retryable\n    }\n    estimatedCompletionAt\n    id\n    output\n    queuePosition\n    status\n  }\n}"): typeof import('./graphql.js').SwapUpdatedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Swaps($after: String, $createdAfter: DateTime, $createdBefore: DateTime, $first: Int, $status: [SwapStatus!]) {\n  swaps(\n    first: $first\n    after: $after\n    status: $status\n    createdAfter: $createdAfter\n    createdBefore: $createdBefore\n  ) {\n    edges {\n      cursor\n      node {\n        completedAt\n        createdAt\n        id\n        initImage\n        output\n        status\n        targetImage\n      }\n    }\n    pageInfo {\n      endCursor\n      hasNextPage\n    }\n  }\n}"): typeof import('./graphql.js').SwapsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
