import { Ctx, Field, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import type { GatewayStatusFacts } from '../../swap/gateway-status.js';
import type { PauseReason } from '../../swap/queue-pause.js';
import type { GatewayContext } from '../context.js';
import { DateTimeScalar, UrlScalar } from './scalars.js';

export const UpstreamMode = { LIVE: 'LIVE', SANDBOX: 'SANDBOX' } as const;
registerEnumType(UpstreamMode, {
  name: 'UpstreamMode',
  description: 'The service that performs the swaps.',
  valuesConfig: {
    LIVE: { description: 'ModelsLab. Swaps are charged.' },
    SANDBOX: {
      description: 'The built-in sandbox, which does not run a face-swap model. Nothing is charged.',
    },
  },
});

export const PauseReasons = {
  OPERATOR: 'OPERATOR',
  ACCOUNT_CREDITS: 'ACCOUNT_CREDITS',
  UPSTREAM_BUSY: 'UPSTREAM_BUSY',
} as const satisfies Record<PauseReason, PauseReason>;
registerEnumType(PauseReasons, {
  name: 'PauseReason',
  description: 'Why queued swaps are not submitted.',
  valuesConfig: {
    OPERATOR: { description: 'The operator of the gateway has paused the queue.' },
    ACCOUNT_CREDITS: {
      description:
        "The gateway's ModelsLab account has no credits. A swap is tried at `pausedUntil`; once ModelsLab accepts it, the others follow.",
    },
    UPSTREAM_BUSY: { description: "ModelsLab's queue for the account is full." },
  },
});

@ObjectType({ simpleResolvers: true, description: 'The state of the gateway.' })
export class GatewayStatus implements GatewayStatusFacts {
  @Field(() => String, { description: 'Version of the gateway.' })
  version!: string;

  @Field(() => UpstreamMode, { description: 'The service that performs the swaps.' })
  upstream!: 'LIVE' | 'SANDBOX';

  @Field(() => Int, { description: 'Maximum number of swaps at ModelsLab at a time.' })
  queueLimit!: number;

  @Field(() => Int, { description: 'Number of swaps at ModelsLab now, over all clients.' })
  processing!: number;

  @Field(() => Int, { description: 'Number of queued swaps, over all clients.' })
  queued!: number;

  @Field(() => Boolean, {
    description: 'False while ModelsLab fails so often that submissions are paused and swaps stay queued.',
  })
  upstreamAvailable!: boolean;

  @Field(() => PauseReasons, {
    nullable: true,
    description:
      'Why queued swaps are not submitted; the strongest reason, if there are several. Null: they are submitted as slots become free. Swaps are accepted during a pause as well, and wait.',
  })
  pauseReason!: PauseReason | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the pause ends or, for `ACCOUNT_CREDITS`, when the next swap is tried. Null: not paused, or not known.',
  })
  pausedUntil!: string | null;

  @Field(() => Boolean, { description: "Whether the caller's swaps are accepted only with `consent: true`." })
  consentRequired!: boolean;

  @Field(() => Boolean, { description: 'Whether pictures can be uploaded with `POST /uploads`.' })
  uploadsAccepted!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether pictures served by the gateway (uploads and samples) can be swapped: ModelsLab fetches them, or they are sent to it as data. False when `upstream` is LIVE, PUBLIC_URL is not public, and MODELSLAB_IMAGES is url.',
  })
  picturesReachable!: boolean;
}

@ObjectType({
  simpleResolvers: true,
  description: 'A sample picture, drawn for this project. It shows no real person.',
})
export class Sample {
  @Field(() => UrlScalar, { description: 'URL to use as an image of a swap.' })
  url!: string;

  @Field(() => String, { description: 'Who it shows, in English.' })
  title!: string;

  @Field(() => Int, { description: 'Number of people it shows.' })
  faces!: number;
}

@Resolver(() => GatewayStatus)
export class GatewayStatusResolver {
  // Non-null: a gateway that responds has a status.
  @Query(() => GatewayStatus, { description: 'The state of the gateway.' })
  gatewayStatus(@Ctx() { principal, services }: GatewayContext): Promise<GatewayStatus> {
    return services.readStatus(principal.client);
  }

  // Non-null: without samples the list is empty.
  @Query(() => [Sample], {
    description: 'Sample pictures. Empty if they cannot be swapped, see `picturesReachable`.',
  })
  samples(@Ctx() { services }: GatewayContext): Sample[] {
    return [...services.readSamples()];
  }
}
