import { Arg, Ctx, Field, InputType, Int, Mutation, Resolver } from 'type-graphql';
import type { ReusePolicy } from '../../../swap/request.js';
import type { GatewayContext } from '../../context.js';
import { SafeIntScalar, UrlScalar } from '../scalars.js';
import { ReusePolicies, Swap } from '../swap.types.js';
import { toGraphql } from '../to-graphql.js';

@InputType({
  description: 'What to swap. ModelsLab, not the gateway, fetches the images, so they must be public.',
})
export class SingleFaceSwapInput {
  @Field(() => UrlScalar, { description: 'The picture whose face is replaced; it may show several people.' })
  initImage!: string;

  @Field(() => UrlScalar, { description: 'The picture with the face to put in.' })
  targetImage!: string;

  @Field(() => UrlScalar, { description: 'A picture of the face in `initImage` that is meant.' })
  referenceImage!: string;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: 'Watermark the result.' })
  watermark?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: the people shown agreed to this. Recorded with the swap; a gateway may be set up to require it.',
  })
  consent?: boolean | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: "The caller's own number; sent on to ModelsLab and given back.",
  })
  trackId?: number | null;

  @Field(() => UrlScalar, {
    nullable: true,
    description:
      "The caller's own webhook. Once the swap is terminal the gateway posts it there as JSON, signed as Standard Webhooks says.",
  })
  webhook?: string | null;

  @Field(() => String, {
    nullable: true,
    description: '1–255 characters. The same key gives the same swap; with another input it is refused.',
  })
  idempotencyKey?: string | null;

  @Field(() => ReusePolicies, {
    nullable: true,
    defaultValue: 'IN_FLIGHT',
    description: 'Without an idempotencyKey: when an identical earlier request is given back.',
  })
  reuse?: ReusePolicy | null;
}

@Resolver(() => Swap)
export class SingleFaceSwapResolver {
  @Mutation(() => Swap, {
    description:
      'Requests a swap. When this answers, the swap is durable and will reach exactly one terminal state.',
  })
  async singleFaceSwap(
    @Arg('input', () => SingleFaceSwapInput, { description: 'What to swap.' }) input: SingleFaceSwapInput,
    @Arg('wait', () => Int, {
      nullable: true,
      defaultValue: 0,
      description: 'How long the answer may be held for the swap to end, 0–60 seconds.',
    })
    wait: number | null,
    @Ctx() { principal, services }: GatewayContext,
  ): Promise<Swap> {
    return toGraphql(
      await services.swaps.request(principal.client, services.parseCommand('single', input, wait)),
    );
  }
}
