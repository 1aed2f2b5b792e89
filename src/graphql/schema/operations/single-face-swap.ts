import { Arg, Ctx, Field, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { requireScope } from '../../../swap/principal.js';
import type { ReusePolicy } from '../../../swap/request.js';
import type { GatewayContext } from '../../context.js';
import { SafeIntScalar, UrlScalar } from '../scalars.js';
import { ReusePolicies, Swap } from '../swap.types.js';
import { requestSwap } from './request-swap.js';

@InputType({
  description:
    'What to swap. The images are fetched by ModelsLab, not by the gateway, so they must be public.',
})
export class SingleFaceSwapInput {
  @Field(() => UrlScalar, { description: 'The picture whose face is replaced; it may show several people.' })
  initImage!: string;

  @Field(() => UrlScalar, { description: 'The picture with the face to insert.' })
  targetImage!: string;

  @Field(() => UrlScalar, { description: 'A picture that shows which face of `initImage` to replace.' })
  referenceImage!: string;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: 'Watermark the result.' })
  watermark?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: the people shown have agreed to this. Recorded with the swap; a gateway may be configured to require it.',
  })
  consent?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What the people shown have agreed to, 1–500 characters: a text, or the version of one. Requires `consent: true`. Kept as evidence, also after the swap is deleted.',
  })
  consentStatement?: string | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: "The caller's own number; forwarded to ModelsLab and returned.",
  })
  trackId?: number | null;

  @Field(() => UrlScalar, {
    nullable: true,
    description:
      "The caller's own webhook. Once the swap is terminal, the gateway posts it there as JSON, signed as specified by Standard Webhooks.",
  })
  webhook?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      '1–255 characters. The same key returns the same swap; with a different input it is rejected.',
  })
  idempotencyKey?: string | null;

  @Field(() => ReusePolicies, {
    nullable: true,
    defaultValue: 'IN_FLIGHT',
    description: 'Without an idempotencyKey: when an identical earlier request is reused.',
  })
  reuse?: ReusePolicy | null;
}

@Resolver(() => Swap)
export class SingleFaceSwapResolver {
  // Non-null: without a swap there is an error, and nothing was accepted.
  @Mutation(() => Swap, {
    description:
      'Requests a swap. Once this returns, the swap is durable and will reach exactly one terminal state.',
  })
  async singleFaceSwap(
    @Arg('input', () => SingleFaceSwapInput, { description: 'What to swap.' }) input: SingleFaceSwapInput,
    @Arg('wait', () => Int, {
      nullable: true,
      defaultValue: 0,
      description: 'How long the response may be held back until the swap finishes, 0–60 seconds.',
    })
    wait: number | null,
    @Ctx() context: GatewayContext,
  ): Promise<Swap> {
    const { principal, services } = context;
    requireScope(principal, 'swap');
    return requestSwap(context, services.parseCommand('single', input, wait, principal.client));
  }
}
