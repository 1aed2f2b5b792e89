import type { SwapStore } from '../../swap/ports.js';
import { createKeyvSwapStore, type KeyvSwapStoreOptions } from '../keyv-swap-store.js';
import { prepareConsentInsert } from './consents.js';
import type { SqliteDatabase } from './database.js';
import { createSqliteKeyvAdapter } from './keyv-adapter.js';
import { prepareSwapErase, prepareSwapInsert } from './swap-index.js';
import { createSqliteUsageCounter } from './usage.js';

/**
 * Swaps in the embedded database, through keyv. A new one is written in one transaction with its claims and index entry, and each
 * acceptance and outcome in one with its count.
 */
export function createSqliteSwapStore(
  database: SqliteDatabase,
  options: Pick<KeyvSwapStoreOptions, 'clock' | 'pendingTtlMs'>,
): SwapStore {
  const ended = createSqliteKeyvAdapter(database, { namespace: 'ended', writeOnce: true });
  const selectEnded = database.db.prepare('SELECT 1 FROM ended WHERE key = ?');
  const pending = createSqliteKeyvAdapter(database, {
    namespace: 'pending',
    isObsolete: (id) => selectEnded.get(id) !== undefined,
  });
  const insertSwap = prepareSwapInsert(database);
  const eraseSwap = prepareSwapErase(database);
  const usage = createSqliteUsageCounter(database);
  const insertConsent = prepareConsentInsert(database);
  return createKeyvSwapStore({
    ...options,
    pending,
    ended,
    insert: (swap, claims, { text, expires }) =>
      database.write(() => {
        const holder = insertSwap(swap, claims);
        if (holder) return holder;
        pending.setInTransaction(swap.id, text, expires);
        usage.accepted(swap);
        if (claims.consent) insertConsent(claims.consent);
        return undefined;
      }),
    end: (swap, { text, expires }) =>
      database.write(() => {
        const isFirst = ended.setInTransaction(swap.id, text, expires);
        if (isFirst) usage.ended(swap);
        return isFirst;
      }),
    replace: ({ id }, { expiresAt }, records) =>
      database.write(() => {
        for (const [key, { text, expires }] of Object.entries(records))
          ended.replaceInTransaction(key, text, expires);
        pending.deleteInTransaction(id);
        eraseSwap(id, expiresAt);
      }),
  });
}
