/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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


export type CancelSwapMutation = { cancelSwap: { id: string, status: SwapStatus, completedAt: string | null } };

export type GatewayStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type GatewayStatusQuery = { gatewayStatus: { version: string, upstream: UpstreamMode, queueLimit: number, processing: number, queued: number, upstreamAvailable: boolean } };

export type SingleFaceSwapMutationVariables = Exact<{
  input: SingleFaceSwapInput;
  wait?: number | null | undefined;
}>;


export type SingleFaceSwapMutation = { singleFaceSwap: { id: string, status: SwapStatus, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, completedAt: string | null, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } };

export type SwapResultQueryVariables = Exact<{
  id: string | number;
}>;


export type SwapResultQuery = { swapResult: { id: string, status: SwapStatus, initImage: string, targetImage: string, referenceImage: string, watermark: boolean, trackId: number | null, modelsLabId: string | null, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, proxyLinks: Array<string>, generationTime: number | null, createdAt: string, updatedAt: string, completedAt: string | null, expiresAt: string | null, meta: { seed: number | null, temporary: boolean | null, filePrefix: string | null, modelSaveFormat: string | null, watermark: boolean | null, watermarkImage: string | null } | null, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } | null };

export type SwapUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type SwapUpdatedSubscription = { swapUpdated: { id: string, status: SwapStatus, queuePosition: number | null, estimatedCompletionAt: string | null, output: Array<string>, createdAt: string, completedAt: string | null, error: { code: SwapErrorCode, message: string, retryable: boolean } | null } };

export type SwapsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SwapsQuery = { swaps: { edges: Array<{ cursor: string, node: { id: string, status: SwapStatus, initImage: string, targetImage: string, output: Array<string>, createdAt: string, completedAt: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

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
    id
    status
    completedAt
  }
}
    `, {"hash":"sha256:4cbe232d8483a08f6c24381ea36af94fcc16112f17ddc6f2efed909668a3b21d"}) as unknown as TypedDocumentString<CancelSwapMutation, CancelSwapMutationVariables>;
export const GatewayStatusDocument = new TypedDocumentString(`
    query GatewayStatus {
  gatewayStatus {
    version
    upstream
    queueLimit
    processing
    queued
    upstreamAvailable
  }
}
    `, {"hash":"sha256:08c62aa36d0efc0051233e3d8ffb790c263b6cfe3082ebce4256493635f62cf9"}) as unknown as TypedDocumentString<GatewayStatusQuery, GatewayStatusQueryVariables>;
export const SingleFaceSwapDocument = new TypedDocumentString(`
    mutation SingleFaceSwap($input: SingleFaceSwapInput!, $wait: Int) {
  singleFaceSwap(input: $input, wait: $wait) {
    id
    status
    queuePosition
    estimatedCompletionAt
    output
    error {
      code
      message
      retryable
    }
    createdAt
    completedAt
  }
}
    `, {"hash":"sha256:11cec0affe0f1ab49f898c8a156e573835fed7fd90988d2da77631f2714847b5"}) as unknown as TypedDocumentString<SingleFaceSwapMutation, SingleFaceSwapMutationVariables>;
export const SwapResultDocument = new TypedDocumentString(`
    query SwapResult($id: ID!) {
  swapResult(id: $id) {
    id
    status
    initImage
    targetImage
    referenceImage
    watermark
    trackId
    modelsLabId
    queuePosition
    estimatedCompletionAt
    output
    proxyLinks
    generationTime
    meta {
      seed
      temporary
      filePrefix
      modelSaveFormat
      watermark
      watermarkImage
    }
    error {
      code
      message
      retryable
    }
    createdAt
    updatedAt
    completedAt
    expiresAt
  }
}
    `, {"hash":"sha256:a303fbb817aa2df28ce6b9b1d82dfff651876a163310632030c8b83ab6fdae26"}) as unknown as TypedDocumentString<SwapResultQuery, SwapResultQueryVariables>;
export const SwapUpdatedDocument = new TypedDocumentString(`
    subscription SwapUpdated($id: ID!) {
  swapUpdated(id: $id) {
    id
    status
    queuePosition
    estimatedCompletionAt
    output
    error {
      code
      message
      retryable
    }
    createdAt
    completedAt
  }
}
    `, {"hash":"sha256:0d83592d16c4e89fd45bfc65d736b13732fd554550eee5ce394f906d008d70c9"}) as unknown as TypedDocumentString<SwapUpdatedSubscription, SwapUpdatedSubscriptionVariables>;
export const SwapsDocument = new TypedDocumentString(`
    query Swaps($first: Int, $after: String) {
  swaps(first: $first, after: $after) {
    edges {
      cursor
      node {
        id
        status
        initImage
        targetImage
        output
        createdAt
        completedAt
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:8ecad95e1e777446db5209b164522f6a1e28f5abee33b9f962967a8abdc867f4"}) as unknown as TypedDocumentString<SwapsQuery, SwapsQueryVariables>;