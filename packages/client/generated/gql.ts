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
    "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    id\n    status\n    completedAt\n  }\n}": typeof types.CancelSwapDocument,
    "query GatewayStatus {\n  gatewayStatus {\n    version\n    upstream\n    queueLimit\n    processing\n    queued\n    upstreamAvailable\n  }\n}": typeof types.GatewayStatusDocument,
    "mutation SingleFaceSwap($input: SingleFaceSwapInput!, $wait: Int) {\n  singleFaceSwap(input: $input, wait: $wait) {\n    id\n    status\n    queuePosition\n    estimatedCompletionAt\n    output\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    completedAt\n  }\n}": typeof types.SingleFaceSwapDocument,
    "query SwapResult($id: ID!) {\n  swapResult(id: $id) {\n    id\n    status\n    initImage\n    targetImage\n    referenceImage\n    watermark\n    trackId\n    modelsLabId\n    queuePosition\n    estimatedCompletionAt\n    output\n    proxyLinks\n    generationTime\n    meta {\n      seed\n      temporary\n      filePrefix\n      modelSaveFormat\n      watermark\n      watermarkImage\n    }\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    updatedAt\n    completedAt\n    expiresAt\n  }\n}": typeof types.SwapResultDocument,
    "subscription SwapUpdated($id: ID!) {\n  swapUpdated(id: $id) {\n    id\n    status\n    queuePosition\n    estimatedCompletionAt\n    output\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    completedAt\n  }\n}": typeof types.SwapUpdatedDocument,
    "query Swaps($first: Int, $after: String) {\n  swaps(first: $first, after: $after) {\n    edges {\n      cursor\n      node {\n        id\n        status\n        initImage\n        targetImage\n        output\n        createdAt\n        completedAt\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": typeof types.SwapsDocument,
};
const documents: Documents = {
    "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    id\n    status\n    completedAt\n  }\n}": types.CancelSwapDocument,
    "query GatewayStatus {\n  gatewayStatus {\n    version\n    upstream\n    queueLimit\n    processing\n    queued\n    upstreamAvailable\n  }\n}": types.GatewayStatusDocument,
    "mutation SingleFaceSwap($input: SingleFaceSwapInput!, $wait: Int) {\n  singleFaceSwap(input: $input, wait: $wait) {\n    id\n    status\n    queuePosition\n    estimatedCompletionAt\n    output\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    completedAt\n  }\n}": types.SingleFaceSwapDocument,
    "query SwapResult($id: ID!) {\n  swapResult(id: $id) {\n    id\n    status\n    initImage\n    targetImage\n    referenceImage\n    watermark\n    trackId\n    modelsLabId\n    queuePosition\n    estimatedCompletionAt\n    output\n    proxyLinks\n    generationTime\n    meta {\n      seed\n      temporary\n      filePrefix\n      modelSaveFormat\n      watermark\n      watermarkImage\n    }\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    updatedAt\n    completedAt\n    expiresAt\n  }\n}": types.SwapResultDocument,
    "subscription SwapUpdated($id: ID!) {\n  swapUpdated(id: $id) {\n    id\n    status\n    queuePosition\n    estimatedCompletionAt\n    output\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    completedAt\n  }\n}": types.SwapUpdatedDocument,
    "query Swaps($first: Int, $after: String) {\n  swaps(first: $first, after: $after) {\n    edges {\n      cursor\n      node {\n        id\n        status\n        initImage\n        targetImage\n        output\n        createdAt\n        completedAt\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": types.SwapsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CancelSwap($id: ID!) {\n  cancelSwap(id: $id) {\n    id\n    status\n    completedAt\n  }\n}"): typeof import('./graphql.js').CancelSwapDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query GatewayStatus {\n  gatewayStatus {\n    version\n    upstream\n    queueLimit\n    processing\n    queued\n    upstreamAvailable\n  }\n}"): typeof import('./graphql.js').GatewayStatusDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SingleFaceSwap($input: SingleFaceSwapInput!, $wait: Int) {\n  singleFaceSwap(input: $input, wait: $wait) {\n    id\n    status\n    queuePosition\n    estimatedCompletionAt\n    output\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    completedAt\n  }\n}"): typeof import('./graphql.js').SingleFaceSwapDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SwapResult($id: ID!) {\n  swapResult(id: $id) {\n    id\n    status\n    initImage\n    targetImage\n    referenceImage\n    watermark\n    trackId\n    modelsLabId\n    queuePosition\n    estimatedCompletionAt\n    output\n    proxyLinks\n    generationTime\n    meta {\n      seed\n      temporary\n      filePrefix\n      modelSaveFormat\n      watermark\n      watermarkImage\n    }\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    updatedAt\n    completedAt\n    expiresAt\n  }\n}"): typeof import('./graphql.js').SwapResultDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription SwapUpdated($id: ID!) {\n  swapUpdated(id: $id) {\n    id\n    status\n    queuePosition\n    estimatedCompletionAt\n    output\n    error {\n      code\n      message\n      retryable\n    }\n    createdAt\n    completedAt\n  }\n}"): typeof import('./graphql.js').SwapUpdatedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Swaps($first: Int, $after: String) {\n  swaps(first: $first, after: $after) {\n    edges {\n      cursor\n      node {\n        id\n        status\n        initImage\n        targetImage\n        output\n        createdAt\n        completedAt\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"): typeof import('./graphql.js').SwapsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
