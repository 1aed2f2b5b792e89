import type { SwapStore } from '../../swap/ports.js';
import { createKeyvSwapStore, type KeyvSwapStoreOptions } from '../keyv-swap-store.js';
import { prepareConsentInsert } from './consents.js';
import type { SqliteDatabase } from './database.js';
import { createSqliteKeyvAdapter } from './keyv-adapter.js';
import { prepareSwapInsert } from './swap-index.js';

/** Swaps in the embedded database, through keyv; a new one is written in one transaction with its claims and index entry. */
export function createSqliteSwapStore(
  database: SqliteDatabase,
  options: Pick<KeyvSwapStoreOptions, 'clock' | 'pendingTtlMs'>,
): SwapStore {
  const pending = createSqliteKeyvAdapter(database, { namespace: 'pending' });
  const insertSwap = prepareSwapInsert(database);
  const insertConsent = prepareConsentInsert(database);
  return createKeyvSwapStore({
    ...options,
    pending,
    ended: createSqliteKeyvAdapter(database, { namespace: 'ended', writeOnce: true }),
    insert: (swap, claims, { text, expires }) =>
      database.write(() => {
        const holder = insertSwap(swap, claims);
        if (holder) return holder;
        pending.setInTransaction(swap.id, text, expires);
        if (claims.consent) insertConsent(claims.consent);
        return undefined;
      }),
  });
}
