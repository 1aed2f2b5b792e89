import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Erasure as ErasureRecord } from '../../swap/erasure.js';
import { requireScope } from '../../swap/principal.js';
import { callerOf, type GatewayContext } from '../context.js';
import { Erasure } from './erasure.types.js';

@Resolver(() => Erasure)
export class ErasureResolver {
  @Mutation(() => Erasure, {
    description:
      "Erases what is kept about a swap: its URLs, files and uploads, and ModelsLab's copy where ModelsLab allows it. A queued swap is canceled first; one in progress is erased as soon as it finishes. Idempotent: repeat it to see how far it has come. The status and the times of the swap stay for 30 days, and so does its idempotency key. NOT_FOUND for another client's swap.",
  })
  async eraseSwap(
    @Arg('id', () => ID, { description: "The gateway's id." }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<Erasure> {
    const { principal, services } = context;
    requireScope(principal, 'erase');
    const erasure = await services.swaps.erase(principal.client, id);
    services.audit({ event: 'swap.erased', swap: erasure.swapId, ...callerOf(context) });
    return toGraphql(erasure);
  }

  @Mutation(() => ID, {
    description:
      "Deletes a picture that the client uploaded, and returns its id. BAD_USER_INPUT while one of the client's swaps uses it: erase that one instead. NOT_FOUND if there is no such picture, or another client uploaded it.",
  })
  async deleteUpload(
    @Arg('id', () => ID, {
      description: 'The last part of its URL, without `.jpg`; or its whole URL.',
    })
    id: string,
    @Ctx() context: GatewayContext,
  ): Promise<string> {
    const { principal, services } = context;
    requireScope(principal, 'upload');
    const deleted = await services.deleteUpload(principal.client, id);
    services.audit({ event: 'upload.deleted', ...callerOf(context) });
    return deleted;
  }
}

const toGraphql = ({ swapId, requestedAt, parts }: ErasureRecord): Erasure => ({
  id: swapId,
  erasedAt: requestedAt,
  parts: parts.map(({ what, state, reason }) => ({ what, state, reason: reason ?? null })),
});
