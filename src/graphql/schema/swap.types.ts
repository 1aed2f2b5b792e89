import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { reusePolicies } from '../../swap/request.js';
import { type SwapFailureCode, swapFailureCodes } from '../../swap/swap.js';
import type { QueuePosition } from '../../swap/watch.js';
import { DateTimeScalar, SafeIntScalar, UrlScalar } from './scalars.js';

const enumOf = <T extends string>(values: readonly T[]): Record<T, T> =>
  Object.fromEntries(values.map((value) => [value, value])) as Record<T, T>;

export const SwapStatus = enumOf(['QUEUED', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);
registerEnumType(SwapStatus, {
  name: 'SwapStatus',
  description:
    'Where a swap stands. SUCCEEDED, FAILED, CANCELED and EXPIRED are terminal: the outcome never changes.',
  valuesConfig: {
    QUEUED: { description: 'Accepted and durable; waits for a free place at ModelsLab.' },
    PROCESSING: { description: 'Submitted to ModelsLab, not finished yet.' },
    SUCCEEDED: { description: 'Finished; `output` has the pictures.' },
    FAILED: { description: 'Refused or failed; `error` tells why.' },
    CANCELED: { description: 'Canceled by its client while it was queued. Nothing was sent.' },
    EXPIRED: { description: 'Waited too long for a free place. Nothing was sent.' },
  },
});

export const SwapErrorCodes = enumOf(swapFailureCodes);
registerEnumType(SwapErrorCodes, {
  name: 'SwapErrorCode',
  description: 'Why a swap failed.',
  valuesConfig: {
    IMAGE_UNREADABLE: { description: 'ModelsLab could not fetch or decode one of the images.' },
    NO_FACE_FOUND: { description: 'ModelsLab found no face to work with.' },
    REJECTED: { description: 'ModelsLab rejected the request for another reason in its input.' },
    UPSTREAM_ACCOUNT: {
      description: "Key, plan or credits of the gateway's account: a matter for its operator.",
    },
    UPSTREAM_BUSY: {
      description:
        'ModelsLab was busy and asked for another try. Whether to retry is up to the client: this attempt may have been charged.',
    },
    UPSTREAM_FAILED: { description: 'ModelsLab failed, or answered in a way that cannot be understood.' },
    SUBMISSION_UNKNOWN: {
      description:
        'It is not known whether ModelsLab took the swap; it was not sent again, since each taking is paid.',
    },
    TIMED_OUT: { description: 'ModelsLab took the swap and did not finish it in time.' },
  },
});

export const ReusePolicies = enumOf(reusePolicies);
registerEnumType(ReusePolicies, {
  name: 'ReusePolicy',
  description:
    'When an identical earlier request of the same client is given back instead of making a new swap.',
  valuesConfig: {
    NEVER: { description: 'Always a new swap.' },
    IN_FLIGHT: { description: 'While the earlier one is queued or processing.' },
    COMPLETED: { description: 'Also when the earlier one has succeeded and is still kept.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'What ModelsLab tells about how a picture was made.' })
export class SwapMeta {
  @Field(() => SafeIntScalar, { nullable: true, description: 'Seed of the generation.' })
  seed?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the files are kept for 24 hours only.' })
  temporary?: boolean | null;

  @Field(() => String, { nullable: true, description: 'First part of the file names.' })
  filePrefix?: string | null;

  @Field(() => String, { nullable: true, description: 'Format of the files, such as `jpg`.' })
  modelSaveFormat?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the result was watermarked.' })
  watermark?: boolean | null;

  @Field(() => UrlScalar, {
    nullable: true,
    description: 'The watermark that was used, if it was a picture.',
  })
  watermarkImage?: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Why a swap failed.' })
export class SwapError {
  @Field(() => SwapErrorCodes, { description: 'The kind of failure, for programs.' })
  code!: SwapFailureCode;

  @Field(() => String, { description: 'The same for people, in English.' })
  message!: string;

  @Field(() => Boolean, { description: 'Whether the same request may succeed if it is made anew.' })
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
  simpleResolvers: true,
  description:
    'One face swap. Mutation, query and subscription give it under the same `id`, so that a client cache updates by itself.',
})
export class Swap {
  @Field(() => ID, { description: "The gateway's id; random." })
  id!: string;

  @Field(() => SwapStatus, { description: 'Where the swap stands.' })
  status!: string;

  @Field(() => UrlScalar, { description: 'The picture whose face is replaced.' })
  initImage!: string;

  @Field(() => UrlScalar, { description: 'The picture with the face to put in.' })
  targetImage!: string;

  @Field(() => UrlScalar, { description: 'Which face of `initImage` is meant.' })
  referenceImage!: string;

  @Field(() => Boolean, { description: 'Whether a watermark was asked for.' })
  watermark!: boolean;

  @Field(() => SafeIntScalar, { nullable: true, description: "The caller's own number." })
  trackId!: number | null;

  @Field(() => ID, { nullable: true, description: "ModelsLab's own id, once it has one." })
  modelsLabId!: string | null;

  @Field(() => Int, { nullable: true, description: '1 is next; null unless it waits for a free place.' })
  queuePosition!: QueuePosition;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it should be done; null when unknown or terminal.',
  })
  estimatedCompletionAt!: number | null;

  @Field(() => [UrlScalar], { description: 'The finished pictures; empty until SUCCEEDED.' })
  output!: string[];

  @Field(() => [UrlScalar], { description: 'The same pictures by way of a proxy; empty until SUCCEEDED.' })
  proxyLinks!: string[];

  @Field(() => Float, { nullable: true, description: 'How long ModelsLab worked on it, seconds.' })
  generationTime!: number | null;

  @Field(() => SwapMeta, {
    nullable: true,
    description: 'What ModelsLab tells about how the picture was made.',
  })
  meta!: SwapMeta | null;

  @Field(() => SwapError, { nullable: true, description: 'Why it failed; null unless FAILED.' })
  error!: SwapError | null;

  @Field(() => LateResult, {
    nullable: true,
    description:
      'A result that arrived within 24 hours after the swap had failed without a definite answer from ModelsLab. The status stays FAILED. Within that time, an identical request completes at once with this result.',
  })
  lateResult!: LateResult | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The failed swap whose late result completed this one, without a new submission.',
  })
  recoveredFrom!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was accepted.' })
  createdAt!: number;

  @Field(() => DateTimeScalar, { description: 'When it changed last.' })
  updatedAt!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it reached its terminal state.' })
  completedAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the finished swap will be forgotten.' })
  expiresAt!: number | null;
}
