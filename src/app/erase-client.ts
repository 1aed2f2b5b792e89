import type { Backend } from '../backends/backend.js';
import type { ClientErasure } from '../server/admin/erase-route.js';
import { badUserInput } from '../swap/errors.js';
import type { SwapService } from '../swap/service.js';
import type { Uploads } from '../uploads/uploads.js';

export interface ClientErasureDeps {
  backend: Pick<Backend, 'store' | 'swapIndex' | 'usage' | 'clock' | 'purge'>;
  swaps: Pick<SwapService, 'erase'>;
  uploads: Pick<Uploads, 'removeAll'> | undefined;
}

const pageSize = 50;
/** Erasures at a time: each may wait for ModelsLab. */
const atOnce = 5;

/**
 * Erases the swaps, uploads and usage of a client and of its client tokens. Swaps that have not finished are erased when they do.
 * Repeating it is safe, and reports how far the erasures have come.
 *
 * @throws BAD_USER_INPUT, UNAVAILABLE; what was erased by then stays erased
 */
export function createClientErasure({
  backend,
  swaps,
  uploads,
}: ClientErasureDeps): (client: string) => Promise<ClientErasure> {
  const { store, swapIndex, usage, clock, purge } = backend;

  return async (client) => {
    if (client === '') throw badUserInput([{ path: 'client', message: 'must be the name of a client' }]);
    const erasedAt = new Date(clock.now()).toISOString();
    const counts = { erased: 0, pending: 0, notPossible: 0 };
    const reasons: ClientErasure['reasons'] = [];
    const names = new Set([client]);

    async function erase(id: string): Promise<void> {
      const swap = await store.get(id);
      if (!swap) return;
      names.add(swap.client);
      const { parts } = await swaps.erase(swap.client, id);
      const states = parts.map(({ state }) => state);
      if (states.includes('PENDING')) counts.pending += 1;
      else if (states.includes('NOT_POSSIBLE')) counts.notPossible += 1;
      else counts.erased += 1;
      for (const { what, state, reason = '' } of parts)
        if (state === 'NOT_POSSIBLE') reasons.push({ swap: id, what, reason });
    }

    let before: number | undefined;
    do {
      const rows = await swapIndex.accountPage(client, pageSize, before);
      for (let from = 0; from < rows.length; from += atOnce)
        await Promise.all(rows.slice(from, from + atOnce).map(({ id }) => erase(id)));
      before = rows.at(-1)?.sequence;
    } while (before !== undefined);

    const removed = (await uploads?.removeAll(client)) ?? 0;
    await usage.remove([...names]);
    await purge();
    return {
      client,
      erasedAt,
      swaps: counts,
      reasons,
      uploads: removed,
      usage: 'DONE',
      consents: 'KEPT',
    };
  };
}
