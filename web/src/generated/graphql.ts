/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** When an identical earlier request of the same client is reused: its swap is returned instead of a new one. */
export type ReusePolicy =
  /** Also if the earlier swap has succeeded and has not expired. */
  | 'COMPLETED'
  /** While the earlier swap is queued or processing. */
  | 'IN_FLIGHT'
  /** Always a new swap. */
  | 'NEVER';

/** What to swap. The images are fetched by ModelsLab, not by the gateway, so they must be public. */
export type SingleFaceSwapInput = {
  /** True: the people shown have agreed to this. Recorded with the swap; a gateway may be configured to require it. */
  consent?: boolean | null | undefined;
  /** What the people shown have agreed to, 1–500 characters: a text, or the version of one. Requires `consent: true`. Kept as evidence, also after the swap is deleted. */
  consentStatement?: string | null | undefined;
  /** 1–255 characters. The same key returns the same swap; with a different input it is rejected. */
  idempotencyKey?: string | null | undefined;
  /** The picture whose face is replaced; it may show several people. */
  initImage: string;
  /** A picture that shows which face of `initImage` to replace. */
  referenceImage: string;
  /** Without an idempotencyKey: when an identical earlier request is reused. */
  reuse?: ReusePolicy | null | undefined;
  /** The picture with the face to insert. */
  targetImage: string;
  /** The caller's own number; forwarded to ModelsLab and returned. */
  trackId?: number | null | undefined;
  /** Watermark the result. */
  watermark?: boolean | null | undefined;
  /** The caller's own webhook. Once the swap is terminal, the gateway posts it there as JSON, signed as specified by Standard Webhooks. */
  webhook?: string | null | undefined;
};

/** Why a swap failed. */
export type SwapErrorCode =
  /** ModelsLab could not fetch or decode one of the images. */
  | 'IMAGE_UNREADABLE'
  /** ModelsLab found no face to work with. */
  | 'NO_FACE_FOUND'
  /** ModelsLab rejected the input for another reason. */
  | 'REJECTED'
  /** It is unknown whether ModelsLab accepted the submission. It was not submitted again, since every accepted submission is charged. */
  | 'SUBMISSION_UNKNOWN'
  /** ModelsLab accepted the swap and did not finish it in time. */
  | 'TIMED_OUT'
  /** A problem with the key, plan or credits of the gateway's ModelsLab account, for its operator to solve. */
  | 'UPSTREAM_ACCOUNT'
  /** ModelsLab was busy and asked for a retry. Retrying is up to the client, since this attempt may have been charged. */
  | 'UPSTREAM_BUSY'
  /** ModelsLab failed, or its response could not be understood. */
  | 'UPSTREAM_FAILED';

/** State of a swap. SUCCEEDED, FAILED, CANCELED and EXPIRED are terminal: the outcome never changes. */
export type SwapStatus =
  /** Canceled by its client while queued. Nothing was submitted. */
  | 'CANCELED'
  /** Waited too long for a free slot. Nothing was submitted. */
  | 'EXPIRED'
  /** Rejected or failed; see `error`. */
  | 'FAILED'
  /** Submitted to ModelsLab and not finished yet. */
  | 'PROCESSING'
  /** Accepted and durable; waiting for a free slot at ModelsLab. */
  | 'QUEUED'
  /** Finished; `output` has the pictures. */
  | 'SUCCEEDED';

/** The service that performs the swaps. */
export type UpstreamMode =
  /** ModelsLab. Swaps are charged. */
  | 'LIVE'
  /** The built-in sandbox, which does not run a face-swap model. Nothing is charged. */
  | 'SANDBOX';

export type CancelSwapMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelSwapMutation = { cancelSwap: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } };

export type FollowSwapSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type FollowSwapSubscription = { swapUpdated: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } };

export type MySwapsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type MySwapsQuery = { swaps: { edges: Array<{ cursor: string, node: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RequestSwapMutationVariables = Exact<{
  input: SingleFaceSwapInput;
}>;


export type RequestSwapMutation = { singleFaceSwap: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } };

export type SamplesQueryVariables = Exact<{ [key: string]: never; }>;


export type SamplesQuery = { samples: Array<{ url: string, title: string, faces: number }> };

export type StatusQueryVariables = Exact<{ [key: string]: never; }>;


export type StatusQuery = { gatewayStatus: { version: string, upstream: UpstreamMode, queueLimit: number, processing: number, queued: number, upstreamAvailable: boolean, uploadsAccepted: boolean, picturesReachable: boolean } };

export type SwapCardFragment = { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, error: { code: SwapErrorCode, message: string, retryable: boolean } | null };

export const SwapCardFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}}]}}]} as unknown as DocumentNode<SwapCardFragment, unknown>;
export const CancelSwapDocument = {"__meta__":{"hash":"sha256:7ec4c3ec748d19a3a1720e1f741f59a247187dd5e1fbd1f2a503a8e73a6ec31b"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CancelSwap"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelSwap"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}}]}}]} as unknown as DocumentNode<CancelSwapMutation, CancelSwapMutationVariables>;
export const FollowSwapDocument = {"__meta__":{"hash":"sha256:136c00783271e57715b252d6848baf9f507dff74fcbc24853b8a6cb4174f01a2"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"FollowSwap"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"swapUpdated"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}}]}}]} as unknown as DocumentNode<FollowSwapSubscription, FollowSwapSubscriptionVariables>;
export const MySwapsDocument = {"__meta__":{"hash":"sha256:19cdf4504f996abc9111d45a42d19739c32f77bd3bd7d17391a51eb325c9ed2c"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"MySwaps"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"swaps"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}}]}}]} as unknown as DocumentNode<MySwapsQuery, MySwapsQueryVariables>;
export const RequestSwapDocument = {"__meta__":{"hash":"sha256:c08e4b3d48a88aa5a9146f4ff5f2916749fd5b7316e9bd51c6413541944f63d1"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RequestSwap"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SingleFaceSwapInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"singleFaceSwap"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}}]}}]} as unknown as DocumentNode<RequestSwapMutation, RequestSwapMutationVariables>;
export const SamplesDocument = {"__meta__":{"hash":"sha256:b5053b93e956f50cc72ee254d01ab920093eb7f85b0961a3a2bc0db8d39233f4"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Samples"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"samples"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"faces"}}]}}]}}]} as unknown as DocumentNode<SamplesQuery, SamplesQueryVariables>;
export const StatusDocument = {"__meta__":{"hash":"sha256:01dfbdc347248dbfc50a5b2eb801a109355541e95e3c868a48ab6e4370fc250c"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Status"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"gatewayStatus"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"upstream"}},{"kind":"Field","name":{"kind":"Name","value":"queueLimit"}},{"kind":"Field","name":{"kind":"Name","value":"processing"}},{"kind":"Field","name":{"kind":"Name","value":"queued"}},{"kind":"Field","name":{"kind":"Name","value":"upstreamAvailable"}},{"kind":"Field","name":{"kind":"Name","value":"uploadsAccepted"}},{"kind":"Field","name":{"kind":"Name","value":"picturesReachable"}}]}}]}}]} as unknown as DocumentNode<StatusQuery, StatusQueryVariables>;