/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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


export type CancelSwapMutation = { cancelSwap: { completedAt: string | null, id: string, status: SwapStatus } };

export type EraseSwapMutationVariables = Exact<{
  id: string | number;
}>;


export type EraseSwapMutation = { eraseSwap: { erasedAt: string, id: string, parts: Array<{ reason: string | null, state: ErasureState, what: ErasureTarget }> } };

export type GatewayStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type GatewayStatusQuery = { gatewayStatus: { consentRequired: boolean, picturesReachable: boolean, processing: number, queueLimit: number, queued: number, uploadsAccepted: boolean, upstream: UpstreamMode, upstreamAvailable: boolean, version: string } };

export type SamplesQueryVariables = Exact<{ [key: string]: never; }>;


export type SamplesQuery = { samples: Array<{ faces: number, title: string, url: string }> };

export type SingleFaceSwapMutationVariables = Exact<{
  input: SingleFaceSwapInput;
  wait?: number | null | undefined;
}>;


export type SingleFaceSwapMutation = { singleFaceSwap: { completedAt: string | null, createdAt: string, estimatedCompletionAt: string | null, id: string, output: Array<string>, queuePosition: number | null, status: SwapStatus, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } };

export type SwapProgressQueryVariables = Exact<{
  id: string | number;
  wait?: number | null | undefined;
}>;


export type SwapProgressQuery = { swapResult: { completedAt: string | null, createdAt: string, estimatedCompletionAt: string | null, id: string, output: Array<string>, queuePosition: number | null, status: SwapStatus, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } | null };

export type SwapResultQueryVariables = Exact<{
  id: string | number;
}>;


export type SwapResultQuery = { swapResult: { completedAt: string | null, createdAt: string, erasedAt: string | null, estimatedCompletionAt: string | null, expiresAt: string | null, generationTime: number | null, id: string, initImage: string, modelsLabId: string | null, output: Array<string>, proxyLinks: Array<string>, queuePosition: number | null, recoveredFrom: string | null, referenceImage: string, status: SwapStatus, targetImage: string, trackId: number | null, updatedAt: string, watermark: boolean, error: { code: SwapErrorCode, message: string, retryable: boolean } | null, lateResult: { output: Array<string>, proxyLinks: Array<string>, receivedAt: string } | null, meta: { filePrefix: string | null, modelSaveFormat: string | null, seed: number | null, temporary: boolean | null, watermark: boolean | null, watermarkImage: string | null } | null } | null };

export type SwapUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type SwapUpdatedSubscription = { swapUpdated: { completedAt: string | null, createdAt: string, estimatedCompletionAt: string | null, id: string, output: Array<string>, queuePosition: number | null, status: SwapStatus, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } };

export type SwapsQueryVariables = Exact<{
  after?: string | null | undefined;
  createdAfter?: string | null | undefined;
  createdBefore?: string | null | undefined;
  first?: number | null | undefined;
  status?: Array<SwapStatus> | SwapStatus | null | undefined;
}>;


export type SwapsQuery = { swaps: { edges: Array<{ cursor: string, node: { completedAt: string | null, createdAt: string, id: string, initImage: string, output: Array<string>, status: SwapStatus, targetImage: string } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const CancelSwapDocument = new TypedDocumentString(`
    mutation CancelSwap($id: ID!) {
  cancelSwap(id: $id) {
    completedAt
    id
    status
  }
}
    `, {"hash":"sha256:4cbe232d8483a08f6c24381ea36af94fcc16112f17ddc6f2efed909668a3b21d"}) as unknown as TypedDocumentString<CancelSwapMutation, CancelSwapMutationVariables>;
export const EraseSwapDocument = new TypedDocumentString(`
    mutation EraseSwap($id: ID!) {
  eraseSwap(id: $id) {
    erasedAt
    id
    parts {
      reason
      state
      what
    }
  }
}
    `, {"hash":"sha256:27152492eb41ec3878779b399f07a8a023d02c1bfdc8aae949eca390f3220587"}) as unknown as TypedDocumentString<EraseSwapMutation, EraseSwapMutationVariables>;
export const GatewayStatusDocument = new TypedDocumentString(`
    query GatewayStatus {
  gatewayStatus {
    consentRequired
    picturesReachable
    processing
    queueLimit
    queued
    uploadsAccepted
    upstream
    upstreamAvailable
    version
  }
}
    `, {"hash":"sha256:f161a5850691fa7cce031a2099193fbee94b4f6ab889a0c7faf31d4fdf45bf4d"}) as unknown as TypedDocumentString<GatewayStatusQuery, GatewayStatusQueryVariables>;
export const SamplesDocument = new TypedDocumentString(`
    query Samples {
  samples {
    faces
    title
    url
  }
}
    `, {"hash":"sha256:b5053b93e956f50cc72ee254d01ab920093eb7f85b0961a3a2bc0db8d39233f4"}) as unknown as TypedDocumentString<SamplesQuery, SamplesQueryVariables>;
export const SingleFaceSwapDocument = new TypedDocumentString(`
    mutation SingleFaceSwap($input: SingleFaceSwapInput!, $wait: Int) {
  singleFaceSwap(input: $input, wait: $wait) {
    completedAt
    createdAt
    error {
      code
      message
      retryable
    }
    estimatedCompletionAt
    id
    output
    queuePosition
    status
  }
}
    `, {"hash":"sha256:11cec0affe0f1ab49f898c8a156e573835fed7fd90988d2da77631f2714847b5"}) as unknown as TypedDocumentString<SingleFaceSwapMutation, SingleFaceSwapMutationVariables>;
export const SwapProgressDocument = new TypedDocumentString(`
    query SwapProgress($id: ID!, $wait: Int) {
  swapResult(id: $id, wait: $wait) {
    completedAt
    createdAt
    error {
      code
      message
      retryable
    }
    estimatedCompletionAt
    id
    output
    queuePosition
    status
  }
}
    `, {"hash":"sha256:4de5c590a1d592bbcaa541ebdd7214082b89ff90e0a8424ca8b85ea928dc1412"}) as unknown as TypedDocumentString<SwapProgressQuery, SwapProgressQueryVariables>;
export const SwapResultDocument = new TypedDocumentString(`
    query SwapResult($id: ID!) {
  swapResult(id: $id) {
    completedAt
    createdAt
    erasedAt
    error {
      code
      message
      retryable
    }
    estimatedCompletionAt
    expiresAt
    generationTime
    id
    initImage
    lateResult {
      output
      proxyLinks
      receivedAt
    }
    meta {
      filePrefix
      modelSaveFormat
      seed
      temporary
      watermark
      watermarkImage
    }
    modelsLabId
    output
    proxyLinks
    queuePosition
    recoveredFrom
    referenceImage
    status
    targetImage
    trackId
    updatedAt
    watermark
  }
}
    `, {"hash":"sha256:462bda8cef4e49f9ef971b0c3129d6b9cd3ffcd37541f627c2542e4f9292d6fe"}) as unknown as TypedDocumentString<SwapResultQuery, SwapResultQueryVariables>;
export const SwapUpdatedDocument = new TypedDocumentString(`
    subscription SwapUpdated($id: ID!) {
  swapUpdated(id: $id) {
    completedAt
    createdAt
    error {
      code
      message
      retryable
    }
    estimatedCompletionAt
    id
    output
    queuePosition
    status
  }
}
    `, {"hash":"sha256:0d83592d16c4e89fd45bfc65d736b13732fd554550eee5ce394f906d008d70c9"}) as unknown as TypedDocumentString<SwapUpdatedSubscription, SwapUpdatedSubscriptionVariables>;
export const SwapsDocument = new TypedDocumentString(`
    query Swaps($after: String, $createdAfter: DateTime, $createdBefore: DateTime, $first: Int, $status: [SwapStatus!]) {
  swaps(
    first: $first
    after: $after
    status: $status
    createdAfter: $createdAfter
    createdBefore: $createdBefore
  ) {
    edges {
      cursor
      node {
        completedAt
        createdAt
        id
        initImage
        output
        status
        targetImage
      }
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    `, {"hash":"sha256:c7d3024298b53a518a94ea5fd5de60ee7cf108fa74fa69d58888b412c7a5bc28"}) as unknown as TypedDocumentString<SwapsQuery, SwapsQueryVariables>;