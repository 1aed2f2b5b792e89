import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { type ClientToken as CreatedToken, createClientToken } from '../../swap/client-token.js';
import type { Principal, Scope as ScopeName } from '../../swap/principal.js';
import type { UsageCounts } from '../../swap/usage.js';
import { callerOf, type GatewayContext } from '../context.js';
import { DateTimeScalar } from './scalars.js';

export const Scope = {
  SWAP: 'swap',
  READ: 'read',
  CANCEL: 'cancel',
  ERASE: 'erase',
  UPLOAD: 'upload',
} as const satisfies Record<string, ScopeName>;
registerEnumType(Scope, {
  name: 'Scope',
  description: 'What a key or token may do. Without the scope that an operation needs, it gets `FORBIDDEN`.',
  valuesConfig: {
    SWAP: { description: 'Request swaps, and post their webhooks again.' },
    READ: { description: 'Read its own swaps, follow them, and download their results.' },
    CANCEL: { description: 'Cancel its own queued swaps.' },
    ERASE: { description: 'Erase its own swaps.' },
    UPLOAD: { description: 'Upload pictures, and delete them.' },
  },
});

export const ClientKind = {
  LOCAL: 'local',
  KEY: 'key',
  JWT: 'jwt',
  TOKEN: 'token',
} as const satisfies Record<string, Principal['kind']>;
registerEnumType(ClientKind, {
  name: 'ClientKind',
  description: 'How a client is authenticated.',
  valuesConfig: {
    LOCAL: { description: 'Not at all: the only client of a gateway without keys.' },
    KEY: { description: 'By an API key.' },
    JWT: { description: 'By a JWT of the identity provider.' },
    TOKEN: { description: 'By a client token, see `createClientToken`.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description:
    "A client's swaps that were accepted in one calendar month, UTC. Canceled and expired swaps count as neither succeeded nor failed.",
})
export class ClientUsage implements UsageCounts {
  @Field(() => Int, { description: 'Swaps accepted in the month.' })
  swaps!: number;

  @Field(() => Int, { description: 'Those that have succeeded so far.' })
  succeeded!: number;

  @Field(() => Int, { description: 'Those that have failed so far, even if a late result arrived.' })
  failed!: number;
}

@ObjectType({ description: 'The client that sends the request.' })
export class Me {
  @Field(() => ID, {
    description:
      'Its name, which owns its swaps: the name of the API key; `jwt:` and the subject of a JWT; or `token:`, the parent, a colon and the subject of a client token. Subjects are URL-encoded.',
  })
  client!: string;

  @Field(() => ClientKind, { description: 'How it is authenticated.' })
  kind!: Principal['kind'];

  @Field(() => [Scope], { description: 'What it may do.' })
  scopes!: ScopeName[];

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the key or token expires; null if it does not.',
  })
  expiresAt!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The secret with which the client verifies its webhooks, `whsec_` and base64, as Standard Webhooks defines it. Shown to API keys only; null for all others.',
  })
  webhookSigningSecret!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A token with which a browser acts as one of your users.' })
export class ClientToken {
  @Field(() => String, {
    description:
      'To be sent as `Authorization: Bearer TOKEN`, or as `authorization` in `connectionParams`. The gateway does not store it.',
  })
  token!: string;

  @Field(() => ID, { description: 'The client that it authenticates, which owns its swaps.' })
  client!: string;

  @Field(() => [Scope], { description: 'What it may do.' })
  scopes!: ScopeName[];

  @Field(() => DateTimeScalar, {
    description: 'When it expires. It ends earlier if the key that created it is removed or expires.',
  })
  expiresAt!: number;
}

const toGraphql = ({ token, client, scopes, expiresAt }: CreatedToken): ClientToken => ({
  token,
  client,
  scopes: [...scopes],
  expiresAt,
});

@Resolver(() => Me)
export class AccountResolver {
  @Query(() => Me, { description: 'The client that sends the request. Needs no scope.' })
  me(@Ctx() { principal, services, secretRead }: GatewayContext): Me {
    const { client, kind, scopes, expiresAt } = principal;
    const isKey = kind === 'key';
    if (isKey) secretRead?.();
    return {
      client,
      kind,
      scopes: [...scopes],
      expiresAt: expiresAt ?? null,
      webhookSigningSecret: isKey ? services.account.webhookSecretOf(client) : null,
    };
  }

  @FieldResolver(() => ClientUsage, {
    description:
      'Usage in a calendar month, exact across restarts and instances. Includes the swaps of client tokens that the client created. Kept for 13 months.',
  })
  usage(
    @Root() { client }: Me,
    @Arg('month', () => String, {
      nullable: true,
      description: 'Such as `2026-01`. Default: the current one.',
    })
    month: string | null,
    @Ctx() { services }: GatewayContext,
  ): Promise<ClientUsage> {
    return services.account.usage(client, month);
  }

  @Mutation(() => ClientToken, {
    description:
      'Creates a token for a browser, so that it needs no API key. It acts as a client of its own, which sees only its own swaps and counts on the limits and the usage of the client that created it as well. For API keys only.',
  })
  async createClientToken(
    @Arg('sub', () => String, {
      description: 'Whom the token is for, in your own terms, such as a user id: 1 to 255 characters.',
    })
    sub: string,
    @Arg('ttlSeconds', () => Int, {
      nullable: true,
      defaultValue: 600,
      description: 'How long it is valid: 1 to 3600 seconds.',
    })
    ttlSeconds: number | null,
    @Arg('scopes', () => [Scope], {
      nullable: true,
      description: "What it may do, at most what the key may do. Default: the key's own scopes.",
    })
    scopes: ScopeName[] | null,
    @Ctx() context: GatewayContext,
  ): Promise<ClientToken> {
    const { principal, services } = context;
    const created = await createClientToken(services.account.tokens, principal, { sub, ttlSeconds, scopes });
    services.audit({
      event: 'token.created',
      createdClient: created.client,
      scopes: created.scopes,
      expiresAt: new Date(created.expiresAt).toISOString(),
      ...callerOf(context),
    });
    return toGraphql(created);
  }
}
