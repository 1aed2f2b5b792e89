import { Ctx, Field, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import type { GatewayStatusFacts } from '../../swap/gateway-status.js';
import type { GatewayContext } from '../context.js';
import { UrlScalar } from './scalars.js';

export const UpstreamMode = { LIVE: 'LIVE', SANDBOX: 'SANDBOX' } as const;
registerEnumType(UpstreamMode, {
  name: 'UpstreamMode',
  description: 'What does the swaps.',
  valuesConfig: {
    LIVE: { description: 'ModelsLab. Swaps are paid for.' },
    SANDBOX: { description: 'The built-in stand-in, which is no face-swap model. Nothing is paid for.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'How the gateway is doing.' })
export class GatewayStatus implements GatewayStatusFacts {
  @Field(() => String, { description: 'Version of the gateway.' })
  version!: string;

  @Field(() => UpstreamMode, { description: 'What does the swaps.' })
  upstream!: 'LIVE' | 'SANDBOX';

  @Field(() => Int, { description: 'How many swaps can be at ModelsLab at one time.' })
  queueLimit!: number;

  @Field(() => Int, { description: 'How many are there now, those of all clients together.' })
  processing!: number;

  @Field(() => Int, { description: 'How many wait, those of all clients together.' })
  queued!: number;

  @Field(() => Boolean, {
    description: 'False while ModelsLab fails so often that nothing is sent and swaps wait.',
  })
  upstreamAvailable!: boolean;

  @Field(() => Boolean, { description: 'Whether swaps are taken only with `consent: true`.' })
  consentRequired!: boolean;

  @Field(() => Boolean, { description: 'Whether pictures can be uploaded here, by `POST /uploads`.' })
  uploadsAccepted!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether pictures that the gateway itself serves, uploads and samples, can be swapped. False while swaps are LIVE and PUBLIC_URL is not public: ModelsLab could not fetch them.',
  })
  picturesReachable!: boolean;
}

@ObjectType({
  simpleResolvers: true,
  description: 'A picture to try with, drawn for this project: no real person is shown.',
})
export class Sample {
  @Field(() => UrlScalar, { description: 'Its address, for the images of a swap.' })
  url!: string;

  @Field(() => String, { description: 'Who is on it, in English.' })
  title!: string;

  @Field(() => Int, { description: 'How many people it shows.' })
  faces!: number;
}

@Resolver(() => GatewayStatus)
export class GatewayStatusResolver {
  @Query(() => GatewayStatus, { description: 'How the gateway is doing.' })
  gatewayStatus(@Ctx() { services }: GatewayContext): Promise<GatewayStatus> {
    return services.readStatus();
  }

  @Query(() => [Sample], {
    description: 'Pictures to try with; none where they could not be swapped, see `picturesReachable`.',
  })
  samples(@Ctx() { services }: GatewayContext): Sample[] {
    return [...services.readSamples()];
  }
}
