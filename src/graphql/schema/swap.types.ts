import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { reusePolicies } from '../../swap/request.js';
import { type SwapFailureCode, swapFailureCodes } from '../../swap/swap.js';
import type { QueuePosition } from '../../swap/watch.js';
import { Node } from './node.types.js';
import { DateTimeScalar, SafeIntScalar, UrlScalar } from './scalars.js';
import { ArchiveState, SwapFile } from './swap-file.types.js';

const enumOf = <T extends string>(values: readonly T[]): Record<T, T> =>
  Object.fromEntries(values.map((value) => [value, value])) as Record<T, T>;

export const SwapStatus = enumOf(['QUEUED', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);
registerEnumType(SwapStatus, {
  name: 'SwapStatus',
  description:
    'State of a swap. SUCCEEDED, FAILED, CANCELED and EXPIRED are terminal: the outcome never changes.',
  valuesConfig: {
    QUEUED: { description: 'Accepted and durable; waiting for a free slot at ModelsLab.' },
    PROCESSING: { description: 'Submitted to ModelsLab and not finished yet.' },
    SUCCEEDED: { description: 'Finished; `output` has the pictures.' },
    FAILED: { description: 'Rejected or failed; see `error`.' },
    CANCELED: { description: 'Canceled by its client while queued. Nothing was submitted.' },
    EXPIRED: {
      description:
        'Waited too long for a free slot. Nothing was submitted. `error` is UPSTREAM_ACCOUNT if the queue was paused for lack of credits.',
    },
  },
});

export const SwapErrorCodes = enumOf(swapFailureCodes);
registerEnumType(SwapErrorCodes, {
  name: 'SwapErrorCode',
  description: 'Why a swap failed.',
  valuesConfig: {
    IMAGE_UNREADABLE: { description: 'ModelsLab could not fetch or decode one of the images.' },
    NO_FACE_FOUND: { description: 'ModelsLab found no face to work with.' },
    REJECTED: { description: 'ModelsLab rejected the input for another reason.' },
    UPSTREAM_ACCOUNT: {
      description:
        "A problem with the key, plan or credits of the gateway's ModelsLab account, for its operator to solve.",
    },
    UPSTREAM_BUSY: {
      description:
        'ModelsLab was busy and asked for a retry. Retrying is up to the client, since this attempt may have been charged.',
    },
    UPSTREAM_FAILED: { description: 'ModelsLab failed, or its response could not be understood.' },
    SUBMISSION_UNKNOWN: {
      description:
        'It is unknown whether ModelsLab accepted the submission. It was not submitted again, since every accepted submission is charged.',
    },
    TIMED_OUT: { description: 'ModelsLab accepted the swap and did not finish it in time.' },
  },
});

export const ReusePolicies = enumOf(reusePolicies);
registerEnumType(ReusePolicies, {
  name: 'ReusePolicy',
  description:
    'When an identical earlier request of the same client is reused: its swap is returned instead of a new one.',
  valuesConfig: {
    NEVER: { description: 'Always a new swap.' },
    IN_FLIGHT: { description: 'While the earlier swap is queued or processing.' },
    COMPLETED: { description: 'Also if the earlier swap has succeeded and has not expired.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'What ModelsLab reports about the generation of a picture.',
})
export class SwapMeta {
  @Field(() => SafeIntScalar, { nullable: true, description: 'Seed of the generation.' })
  seed?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the files are kept for only 24 hours.' })
  temporary?: boolean | null;

  @Field(() => String, { nullable: true, description: 'Prefix of the file names.' })
  filePrefix?: string | null;

  @Field(() => String, { nullable: true, description: 'Format of the files, such as `jpg`.' })
  modelSaveFormat?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the result was watermarked.' })
  watermark?: boolean | null;

  @Field(() => UrlScalar, {
    nullable: true,
    description: 'The watermark, if it was a picture.',
  })
  watermarkImage?: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Why a swap failed.' })
export class SwapError {
  @Field(() => SwapErrorCodes, { description: 'The kind of failure, machine-readable.' })
  code!: SwapFailureCode;

  @Field(() => String, { description: 'A human-readable message, in English.' })
  message!: string;

  @Field(() => Boolean, { description: 'Whether the same request may succeed when retried.' })
  retryable!: boolean;
}

@ObjectType({
  simpleResolvers: true,
  description: 'A result that arrived after its swap had failed.',
})
export class LateResult {
  @Field(() => [UrlScalar], { description: 'The finished pictures.' })
  output!: string[];

  @Field(() => [UrlScalar], { description: 'The same pictures through a proxy.' })
  proxyLinks!: string[];

  @Field(() => DateTimeScalar, { description: 'When it arrived.' })
  receivedAt!: number;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'One face swap. Mutation, query and subscription return it with the same `id`, so that normalized client caches update automatically.',
})
export class Swap extends Node {
  @Field(() => SwapStatus, { description: 'State of the swap.' })
  status!: string;

  @Field(() => UrlScalar, { description: 'The picture whose face is replaced.' })
  initImage!: string;

  @Field(() => UrlScalar, { description: 'The picture with the face to insert.' })
  targetImage!: string;

  @Field(() => UrlScalar, { description: 'A picture that shows which face of `initImage` to replace.' })
  referenceImage!: string;

  @Field(() => Boolean, { description: 'Whether a watermark was requested.' })
  watermark!: boolean;

  @Field(() => SafeIntScalar, { nullable: true, description: "The caller's own number." })
  trackId!: number | null;

  @Field(() => ID, { nullable: true, description: "ModelsLab's own id, once it has one." })
  modelsLabId!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: '1 is next; null unless the swap is waiting for a free slot.',
  })
  queuePosition!: QueuePosition;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the swap is expected to finish; null if unknown or terminal.',
  })
  estimatedCompletionAt!: number | null;

  @Field(() => [UrlScalar], {
    description:
      "The finished pictures; empty until SUCCEEDED. URLs of the gateway if it archives results, otherwise ModelsLab's.",
  })
  output!: string[];

  @Field(() => [SwapFile], {
    description:
      'The pictures of `output`, or of `lateResult`, with what is known about the copies. Empty until there are any, and if the gateway does not archive results. May change after the end of the swap.',
  })
  files!: SwapFile[];

  @Field(() => ArchiveState, {
    description: 'Whether the pictures are copied. May change after the end of the swap.',
  })
  archiveState!: string;

  @Field(() => [UrlScalar], { description: 'The same pictures through a proxy; empty until SUCCEEDED.' })
  proxyLinks!: string[];

  @Field(() => Float, { nullable: true, description: 'How long ModelsLab worked on the swap, in seconds.' })
  generationTime!: number | null;

  @Field(() => SwapMeta, {
    nullable: true,
    description: 'What ModelsLab reports about the generation of the picture.',
  })
  meta!: SwapMeta | null;

  @Field(() => SwapError, { nullable: true, description: 'Why the swap failed; null unless FAILED.' })
  error!: SwapError | null;

  @Field(() => LateResult, {
    nullable: true,
    description:
      'A result that arrived within 24 hours after the swap had failed without a definite response from ModelsLab. The status stays FAILED. Within that time, an identical request completes at once with this result.',
  })
  lateResult!: LateResult | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The failed swap whose late result completed this one, without a new submission.',
  })
  recoveredFrom!: string | null;

  @Field(() => DateTimeScalar, { description: 'When the swap was accepted.' })
  createdAt!: number;

  @Field(() => DateTimeScalar, { description: 'When the swap last changed.' })
  updatedAt!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the swap reached its terminal state.' })
  completedAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the finished swap will be deleted.' })
  expiresAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the erasure of the swap was requested; null unless it is erased. An erased swap has no pictures, and its image fields hold the URL of a placeholder.',
  })
  erasedAt!: number | null;
}
