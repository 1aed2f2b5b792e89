/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Whether the gateway has its own copies of a swap's pictures. */
export type ArchiveState =
  /** At least one picture could not be copied. Its URL works only for as long as ModelsLab keeps the picture. */
  | 'FAILED'
  /** There is nothing to copy, or the gateway does not archive: URLs are those of ModelsLab. */
  | 'NONE'
  /** The pictures are being copied. Their URLs work already: until there is a copy, the gateway passes on what ModelsLab has. */
  | 'PENDING'
  /** The gateway has a copy of every picture, until the swap expires. */
  | 'STORED';

/** How far the erasure of a part has come. */
export type ErasureState =
  /** It is gone, or there was nothing to erase. */
  | 'DONE'
  /** The gateway cannot erase it; see `reason`. */
  | 'NOT_POSSIBLE'
  /** Still to be done: the swap has not finished, or the part is retried, for up to 7 days. */
  | 'PENDING';

/** A part of what is kept about a swap. */
export type ErasureTarget =
  /** The gateway's copies of its results. */
  | 'FILES'
  /** ModelsLab's copy of its results. */
  | 'MODELSLAB'
  /** The URLs, inputs and results in its record, in the store and in every cache. */
  | 'RECORD'
  /** Pictures that its client uploaded for it, and that no other swap uses. */
  | 'UPLOADS'
  /** Posts to its client's webhook that are still to be delivered. */
  | 'WEBHOOKS';

/** Why queued swaps are not submitted. */
export type PauseReason =
  /** The gateway's ModelsLab account has no credits. A swap is tried at `pausedUntil`; once ModelsLab accepts it, the others follow. */
  | 'ACCOUNT_CREDITS'
  /** The operator of the gateway has paused the queue. */
  | 'OPERATOR'
  /** ModelsLab's queue for the account is full. */
  | 'UPSTREAM_BUSY';

/** Whether a file carries a machine-readable mark that AI took part in making it. */
export type ProvenanceState =
  /** The file carries the mark, in its XMP metadata. */
  | 'LABELED'
  /** The file carries no mark, since labels are switched off. */
  | 'NONE'
  /** The file came with C2PA data, which any change would invalidate. It is as it came. */
  | 'PRESERVED'
  /** The file is damaged. It is as it came. */
  | 'UNREADABLE'
  /** The format of the file cannot be labeled. It is as it came. */
  | 'UNSUPPORTED';

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
  /** Waited too long for a free slot. Nothing was submitted. `error` is UPSTREAM_ACCOUNT if the queue was paused for lack of credits. */
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


export type CancelSwapMutation = { cancelSwap: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, erasedAt: string | null, archiveState: ArchiveState, error: { code: SwapErrorCode, message: string, retryable: boolean } | null, files: Array<{ url: string, width: number | null, height: number | null, provenance: { state: ProvenanceState, disclosure: string, digitalSourceType: string | null } | null }> } };

export type EraseSwapMutationVariables = Exact<{
  id: string | number;
}>;


export type EraseSwapMutation = { eraseSwap: { id: string, erasedAt: string, parts: Array<{ what: ErasureTarget, state: ErasureState, reason: string | null }> } };

export type FollowSwapSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type FollowSwapSubscription = { swapUpdated: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, erasedAt: string | null, archiveState: ArchiveState, error: { code: SwapErrorCode, message: string, retryable: boolean } | null, files: Array<{ url: string, width: number | null, height: number | null, provenance: { state: ProvenanceState, disclosure: string, digitalSourceType: string | null } | null }> } };

export type OneSwapQueryVariables = Exact<{
  id: string | number;
}>;


export type OneSwapQuery = { swapResult: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, erasedAt: string | null, archiveState: ArchiveState, error: { code: SwapErrorCode, message: string, retryable: boolean } | null, files: Array<{ url: string, width: number | null, height: number | null, provenance: { state: ProvenanceState, disclosure: string, digitalSourceType: string | null } | null }> } | null };

export type OverviewQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  status?: Array<SwapStatus> | SwapStatus | null | undefined;
  createdAfter?: string | null | undefined;
}>;


export type OverviewQuery = { gatewayStatus: { version: string, upstream: UpstreamMode, queueLimit: number, processing: number, queued: number, upstreamAvailable: boolean, pauseReason: PauseReason | null, uploadsAccepted: boolean, picturesReachable: boolean }, swaps: { edges: Array<{ cursor: string, node: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, erasedAt: string | null, archiveState: ArchiveState, error: { code: SwapErrorCode, message: string, retryable: boolean } | null, files: Array<{ url: string, width: number | null, height: number | null, provenance: { state: ProvenanceState, disclosure: string, digitalSourceType: string | null } | null }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RequestSwapMutationVariables = Exact<{
  input: SingleFaceSwapInput;
}>;


export type RequestSwapMutation = { singleFaceSwap: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, erasedAt: string | null, archiveState: ArchiveState, error: { code: SwapErrorCode, message: string, retryable: boolean } | null, files: Array<{ url: string, width: number | null, height: number | null, provenance: { state: ProvenanceState, disclosure: string, digitalSourceType: string | null } | null }> } };

export type SamplesQueryVariables = Exact<{ [key: string]: never; }>;


export type SamplesQuery = { samples: Array<{ url: string, title: string, faces: number }> };

export type SwapCardFragment = { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, updatedAt: string, completedAt: string | null, erasedAt: string | null, archiveState: ArchiveState, error: { code: SwapErrorCode, message: string, retryable: boolean } | null, files: Array<{ url: string, width: number | null, height: number | null, provenance: { state: ProvenanceState, disclosure: string, digitalSourceType: string | null } | null }> };

export const SwapCardFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"erasedAt"}},{"kind":"Field","name":{"kind":"Name","value":"archiveState"}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"width"}},{"kind":"Field","name":{"kind":"Name","value":"height"}},{"kind":"Field","name":{"kind":"Name","value":"provenance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"disclosure"}},{"kind":"Field","name":{"kind":"Name","value":"digitalSourceType"}}]}}]}}]}}]} as unknown as DocumentNode<SwapCardFragment, unknown>;
export const CancelSwapDocument = {"__meta__":{"hash":"sha256:b344aece681288d26a5274136c0c3bcd9f3c5c47a47403bfc48de90ee7936123"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CancelSwap"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelSwap"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"erasedAt"}},{"kind":"Field","name":{"kind":"Name","value":"archiveState"}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"width"}},{"kind":"Field","name":{"kind":"Name","value":"height"}},{"kind":"Field","name":{"kind":"Name","value":"provenance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"disclosure"}},{"kind":"Field","name":{"kind":"Name","value":"digitalSourceType"}}]}}]}}]}}]} as unknown as DocumentNode<CancelSwapMutation, CancelSwapMutationVariables>;
export const EraseSwapDocument = {"__meta__":{"hash":"sha256:27152492eb41ec3878779b399f07a8a023d02c1bfdc8aae949eca390f3220587"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"EraseSwap"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"eraseSwap"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"erasedAt"}},{"kind":"Field","name":{"kind":"Name","value":"parts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"what"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]} as unknown as DocumentNode<EraseSwapMutation, EraseSwapMutationVariables>;
export const FollowSwapDocument = {"__meta__":{"hash":"sha256:2bb798a09ebf372e1870283666715482b4c9005ab195ae07413ea28ce71305a5"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"FollowSwap"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"swapUpdated"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"erasedAt"}},{"kind":"Field","name":{"kind":"Name","value":"archiveState"}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"width"}},{"kind":"Field","name":{"kind":"Name","value":"height"}},{"kind":"Field","name":{"kind":"Name","value":"provenance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"disclosure"}},{"kind":"Field","name":{"kind":"Name","value":"digitalSourceType"}}]}}]}}]}}]} as unknown as DocumentNode<FollowSwapSubscription, FollowSwapSubscriptionVariables>;
export const OneSwapDocument = {"__meta__":{"hash":"sha256:0342fc8bfa91cbcd6ee8dfd822d78c6fff569f6efd4320009b3da7e07fcedb46"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"OneSwap"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"swapResult"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"erasedAt"}},{"kind":"Field","name":{"kind":"Name","value":"archiveState"}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"width"}},{"kind":"Field","name":{"kind":"Name","value":"height"}},{"kind":"Field","name":{"kind":"Name","value":"provenance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"disclosure"}},{"kind":"Field","name":{"kind":"Name","value":"digitalSourceType"}}]}}]}}]}}]} as unknown as DocumentNode<OneSwapQuery, OneSwapQueryVariables>;
export const OverviewDocument = {"__meta__":{"hash":"sha256:4a7ea13554598f4baba00ec9217099e941209fe2dbd0d337353fe8e342bfcd99"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Overview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"status"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SwapStatus"}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"createdAfter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"gatewayStatus"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"upstream"}},{"kind":"Field","name":{"kind":"Name","value":"queueLimit"}},{"kind":"Field","name":{"kind":"Name","value":"processing"}},{"kind":"Field","name":{"kind":"Name","value":"queued"}},{"kind":"Field","name":{"kind":"Name","value":"upstreamAvailable"}},{"kind":"Field","name":{"kind":"Name","value":"pauseReason"}},{"kind":"Field","name":{"kind":"Name","value":"uploadsAccepted"}},{"kind":"Field","name":{"kind":"Name","value":"picturesReachable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"swaps"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"status"},"value":{"kind":"Variable","name":{"kind":"Name","value":"status"}}},{"kind":"Argument","name":{"kind":"Name","value":"createdAfter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"createdAfter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"erasedAt"}},{"kind":"Field","name":{"kind":"Name","value":"archiveState"}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"width"}},{"kind":"Field","name":{"kind":"Name","value":"height"}},{"kind":"Field","name":{"kind":"Name","value":"provenance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"disclosure"}},{"kind":"Field","name":{"kind":"Name","value":"digitalSourceType"}}]}}]}}]}}]} as unknown as DocumentNode<OverviewQuery, OverviewQueryVariables>;
export const RequestSwapDocument = {"__meta__":{"hash":"sha256:821d99e8caa892c3954c021101b2f00c143c13471f6dc9e3affd60bb282dfae1"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RequestSwap"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SingleFaceSwapInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"singleFaceSwap"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SwapCard"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SwapCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Swap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"initImage"}},{"kind":"Field","name":{"kind":"Name","value":"targetImage"}},{"kind":"Field","name":{"kind":"Name","value":"referenceImage"}},{"kind":"Field","name":{"kind":"Name","value":"watermark"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedCompletionAt"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"erasedAt"}},{"kind":"Field","name":{"kind":"Name","value":"archiveState"}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"width"}},{"kind":"Field","name":{"kind":"Name","value":"height"}},{"kind":"Field","name":{"kind":"Name","value":"provenance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"disclosure"}},{"kind":"Field","name":{"kind":"Name","value":"digitalSourceType"}}]}}]}}]}}]} as unknown as DocumentNode<RequestSwapMutation, RequestSwapMutationVariables>;
export const SamplesDocument = {"__meta__":{"hash":"sha256:b5053b93e956f50cc72ee254d01ab920093eb7f85b0961a3a2bc0db8d39233f4"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Samples"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"samples"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"faces"}}]}}]}}]} as unknown as DocumentNode<SamplesQuery, SamplesQueryVariables>;