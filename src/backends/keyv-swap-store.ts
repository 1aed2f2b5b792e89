import { Keyv, KeyvJsonSerializer, type KeyvSerializationAdapter, type KeyvStorageAdapter } from 'keyv';
import type { Clock } from '../lib/clock.js';
import { awaitsArchive } from '../swap/archive.js';
import { orUnavailable, unavailable } from '../swap/errors.js';
import type { SwapArchive } from '../swap/files.js';
import type { ClaimHolder, SwapClaims, SwapStore } from '../swap/ports.js';
import {
  readArchiveRecord,
  readLateRecord,
  readRecord,
  UnreadableRecordError,
  writeRecord,
} from '../swap/record.js';
import {
  type EndedSwap,
  isEnded,
  type LateResult,
  lateUntilOf,
  type PendingSwap,
  type QueuedSwap,
  type Swap,
} from '../swap/swap.js';

export interface KeyvSwapStoreOptions {
  /** Pending swaps. */
  pending: KeyvStorageAdapter;
  /** Finished swaps and late results. Must be write-once: `set` on an existing key returns false and changes nothing. */
  ended: KeyvStorageAdapter;
  clock: Pick<Clock, 'now'>;
  /** Maximum retention of a pending swap, milliseconds. */
  pendingTtlMs: number;
  /**
   * Writes the record of a new swap among the pending ones, with its claims and index entries, in one transaction.
   * @returns as `SwapStore.create` does
   */
  insert(swap: QueuedSwap, claims: SwapClaims, record: EncodedRecord): Promise<ClaimHolder | undefined>;
  /**
   * Writes the record of a finished swap among the finished ones, and counts its outcome, in one transaction.
   * @returns false if there is a record already; then nothing was written or counted
   */
  end(swap: EndedSwap, record: EncodedRecord): Promise<boolean>;
  /**
   * Replaces all records of a finished swap by the given ones, by key, and removes its claims and its index entries, as
   * `SwapStore.erase` says, in one transaction.
   */
  replace(
    former: EndedSwap,
    erased: EndedSwap,
    records: Readonly<Record<string, EncodedRecord>>,
  ): Promise<void>;
}

/** A record as keyv would store it. */
export interface EncodedRecord {
  text: string;
  /** Milliseconds since the epoch, by this process's clock. */
  expires: number;
}

/** Stored with the finished swaps, under a key that no swap has. */
const lateKey = (id: string): string => `late:${id}`;
const archiveKey = (id: string): string => `archive:${id}`;

/**
 * Keeps two records per swap: one that is overwritten while the swap is pending, and one that is written once when it is finished.
 * Reads look for the finished record first, so a delayed write of the pending one can never reopen the swap. A late result is a
 * third record, and what became of the copies of its files a fourth; both are also written once.
 *
 * An unreadable record is reported as UNAVAILABLE, with an UnreadableRecordError as its cause.
 */
export function createKeyvSwapStore({
  pending,
  ended,
  clock,
  pendingTtlMs,
  insert,
  end,
  replace,
}: KeyvSwapStoreOptions): SwapStore {
  // No error listener on purpose: with one, keyv reports a failing store as a miss; without one, it throws.
  const pendingSwaps = createKeyv(pending);
  const endedSwaps = createKeyv(ended);
  const additions = createKeyv(ended);

  async function read(swaps: Keyv<unknown>, id: string): Promise<Swap | undefined> {
    const stored = await swaps.get<unknown>(id);
    return stored === undefined ? undefined : readRecord(id, stored);
  }

  async function readEnded(id: string): Promise<EndedSwap | undefined> {
    const swap = await read(endedSwaps, id);
    if (!swap) return undefined;
    if (!isEnded(swap))
      throw new UnreadableRecordError(
        `the stored outcome of swap ${id} cannot be read: it is ${swap.status}`,
      );
    return readArchive(lateUntilOf(swap) === undefined ? swap : await readLateResult(swap));
  }

  async function readLateResult(swap: EndedSwap): Promise<EndedSwap> {
    const late = await additions.get<unknown>(lateKey(swap.id));
    return late === undefined ? swap : withLateResult(swap, readLateRecord(swap.id, late));
  }

  async function readArchive(swap: EndedSwap): Promise<EndedSwap> {
    if (!awaitsArchive(swap)) return swap;
    const archive = await additions.get<unknown>(archiveKey(swap.id));
    return archive === undefined ? swap : { ...swap, archive: readArchiveRecord(swap.id, archive) };
  }

  /** Writes a record about a finished swap, once. @returns the swap as it is stored then, and whether `record` was the first */
  async function add(
    swap: EndedSwap,
    key: string,
    record: LateResult | SwapArchive,
    added: EndedSwap,
  ): Promise<{ swap: EndedSwap; first: boolean }> {
    const ttlMs = Math.max(swap.expiresAt - clock.now(), 1);
    const first = await orUnavailable(additions.set(key, writeRecord(record), ttlMs));
    const stored = await getEnded(swap.id);
    if (!stored) throw unavailable(new Error('the store lost the outcome of a swap'));
    // Erased between the two: the erasure replaced what was added.
    const isLost = stored.erasedAt !== undefined;
    return { swap: first && !isLost ? added : stored, first: first && !isLost };
  }

  const getEnded = (id: string): Promise<EndedSwap | undefined> => orUnavailable(readEnded(id));

  async function encode(
    record: EndedSwap | LateResult | SwapArchive,
    expiresAt: number,
  ): Promise<EncodedRecord> {
    const expires = Date.now() + Math.max(expiresAt - clock.now(), 1);
    return { text: String(await endedSwaps.encode({ value: writeRecord(record), expires })), expires };
  }

  return {
    async create(swap, claims) {
      const expires = Date.now() + pendingTtlMs;
      const text = String(await pendingSwaps.encode({ value: writeRecord(swap), expires }));
      return orUnavailable(insert(swap, claims, { text, expires }));
    },
    async save(swap: PendingSwap) {
      const isSaved = await orUnavailable(pendingSwaps.set(swap.id, writeRecord(swap), pendingTtlMs));
      if (!isSaved) throw unavailable(new Error('the store refused a write'));
    },
    async finish(swap: EndedSwap) {
      const first = await orUnavailable(end(swap, await encode(swap, swap.expiresAt)));
      const stored = first ? swap : await getEnded(swap.id);
      if (!stored) throw unavailable(new Error('the store lost the outcome of a swap'));
      // The pending record is no longer read, and expires if the deletion fails.
      pendingSwaps.delete(swap.id).catch(() => undefined);
      return { swap: stored, first };
    },
    async erase(former, erased) {
      const { id, expiresAt, completedAt } = erased;
      // Both are written once. An empty record keeps a delayed write from bringing back what was erased.
      const late: LateResult = { result: { output: [], proxyLinks: [] }, receivedAt: completedAt };
      const archive: SwapArchive = { state: 'FAILED', files: [], endedAt: completedAt };
      const records = {
        [id]: await encode(erased, expiresAt),
        [lateKey(id)]: await encode(late, expiresAt),
        [archiveKey(id)]: await encode(archive, expiresAt),
      };
      await orUnavailable(replace(former, erased, records));
    },
    saveLateResult: (swap, late) => add(swap, lateKey(swap.id), late, withLateResult(swap, late)),
    saveArchive: (swap, archive) => add(swap, archiveKey(swap.id), archive, { ...swap, archive }),
    async get(id) {
      // The third read: the swap may have finished between the first two, which removes the pending record.
      return (await getEnded(id)) ?? (await orUnavailable(read(pendingSwaps, id))) ?? (await getEnded(id));
    },
    async ping() {
      await orUnavailable(endedSwaps.has('ping'));
    },
  };
}

function withLateResult(swap: EndedSwap, late: LateResult): EndedSwap {
  const modelsLabId = swap.modelsLabId ?? late.modelsLabId;
  return { ...swap, lateResult: late, ...(modelsLabId !== undefined && { modelsLabId }) };
}

function createKeyv(store: KeyvStorageAdapter): Keyv<unknown> {
  // The adapters handle expiry by the store's own clock. keyv would use this process's clock, and delete what it considers
  // expired for all processes.
  return new Keyv<unknown>({ store, checkExpired: false, serialization: strictJson() });
}

/** keyv's own JSON format, except that an unreadable value is an error rather than a missing key. */
function strictJson(): KeyvSerializationAdapter {
  const json = new KeyvJsonSerializer();
  return {
    stringify: (value) => json.stringify(value),
    parse<T>(text: string): T {
      let parsed: unknown;
      try {
        parsed = json.parse(text);
      } catch {
        // The parser's message would quote the text.
        throw new UnreadableRecordError('a stored record cannot be read: it is not JSON');
      }
      if (!isEnvelope(parsed))
        throw new UnreadableRecordError('a stored record cannot be read: it is not in the format of keyv');
      return parsed as T;
    },
  };
}

function isEnvelope(parsed: unknown): boolean {
  return typeof parsed === 'object' && parsed !== null && 'value' in parsed && parsed.value !== undefined;
}
