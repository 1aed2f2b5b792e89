import type { SingleFaceSwapInput } from '../generated/graphql.js';

/** `localStorage`, `sessionStorage`, React Native's AsyncStorage, or your own. */
export interface SwapStorage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** A swap that was requested and whose end nobody has seen yet. */
export interface PendingSwap {
  /** With an `idempotencyKey`, unless it says `reuse`. */
  input: SingleFaceSwapInput;
  /** Null if no response to the request has arrived, so that nobody knows whether it was accepted. */
  id: string | null;
  /** Milliseconds since 1970, by this machine's clock. */
  requestedAt: number;
}

/**
 * Remembers requested swaps until their end, with their idempotency keys, so that a request whose response was lost, a double click
 * or a closed tab never leads to a second swap.
 */
export interface PendingSwaps {
  /** Notes a request before it is sent. The same input gets the same key for as long as its swap is pending. */
  add(input: SingleFaceSwapInput): Promise<{ input: SingleFaceSwapInput; isNew: boolean }>;
  accepted(input: SingleFaceSwapInput, id: string): Promise<void>;
  /** The next request with the same input is a new swap. */
  forget(which: { id?: string; idempotencyKey?: string | null | undefined }): Promise<void>;
  /** Newest first. */
  list(): Promise<PendingSwap[]>;
}

interface Entry extends PendingSwap {
  /** The caller chose the key: only the same key means the same swap. */
  hasOwnKey?: boolean;
}

/** The gateway keeps finished swaps for a week by default. */
const longestMs = 7 * 24 * 3600 * 1000;
/** Requested again after longer than this, a swap that nobody remembers would come as a surprise. */
const longestUnansweredMs = 3600 * 1000;
const most = 50;

export function createPendingSwaps(storage: SwapStorage | undefined, storageKey: string): PendingSwaps {
  let known: Entry[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  let isWritable = storage !== undefined;

  /** Reads, changes and writes within one turn of the event loop if the storage is synchronous: other tabs use it as well. */
  async function change<Value>(edit: (entries: Entry[]) => Value): Promise<Value> {
    try {
      const found = isWritable ? storage?.getItem(storageKey) : undefined;
      const text = typeof found === 'object' && found !== null ? await found : found;
      if (isWritable) known = readEntries(text);
    } catch {
      // Blocked, or damaged by somebody else: what this client knows must do.
    }
    known = known.filter(isRecent);
    const before = JSON.stringify(known);
    const value = edit(known);
    known = known.slice(-most);
    const after = JSON.stringify(known);
    try {
      if (after === '[]' && before !== after) await storage?.removeItem(storageKey);
      else if (before !== after) await storage?.setItem(storageKey, after);
    } catch {
      // Full, or blocked: what it returns is out of date from now on.
      isWritable = false;
    }
    return value;
  }

  const inTurn = <Value>(edit: (entries: Entry[]) => Value): Promise<Value> => {
    const turn = queue.then(() => change(edit));
    queue = turn.catch(() => undefined);
    return turn;
  };

  return {
    add: (given) =>
      inTurn((entries) => {
        // With an explicit `reuse` the gateway decides, and a key would override it.
        const isReusing = given.reuse === 'IN_FLIGHT' || given.reuse === 'COMPLETED';
        const hasOwnKey = given.idempotencyKey != null;
        if (!hasOwnKey && isReusing) return { input: given, isNew: true };
        const isSame = ({ input, hasOwnKey: isOwn = false }: Entry): boolean =>
          hasOwnKey
            ? input.idempotencyKey === given.idempotencyKey
            : !isOwn && given.reuse !== 'NEVER' && nameOf(input) === nameOf(given);
        const same = entries.find(isSame);
        if (same) return { input: { ...given, idempotencyKey: same.input.idempotencyKey }, isNew: false };
        const input = { ...given, idempotencyKey: given.idempotencyKey ?? randomKey() };
        entries.push({ input, id: null, requestedAt: Date.now(), ...(hasOwnKey && { hasOwnKey }) });
        return { input, isNew: true };
      }),
    accepted: (input, id) =>
      inTurn((entries) => {
        const entry = entries.find((other) => nameOf(other.input, true) === nameOf(input, true));
        if (entry) entry.id = id;
        else entries.push({ input, id, requestedAt: Date.now() });
      }),
    forget: ({ id, idempotencyKey }) =>
      inTurn((entries) => {
        const others = entries.filter(
          (entry) =>
            !(id != null && entry.id === id) &&
            !(idempotencyKey != null && entry.input.idempotencyKey === idempotencyKey),
        );
        entries.splice(0, entries.length, ...others);
      }),
    list: () => inTurn((entries) => [...entries].reverse()),
  };
}

/** Equal for inputs that ask for the same, whatever the order of their fields. */
function nameOf(input: SingleFaceSwapInput, withKey = false): string {
  const { idempotencyKey, ...rest } = input;
  return JSON.stringify(Object.entries(withKey ? { ...rest, idempotencyKey } : rest).sort());
}

function isRecent({ id, requestedAt }: PendingSwap): boolean {
  return Date.now() - requestedAt < (id === null ? longestUnansweredMs : longestMs);
}

function readEntries(text: string | null | undefined): Entry[] {
  const entries: unknown = JSON.parse(text ?? '[]');
  if (!Array.isArray(entries)) return [];
  return entries.filter((entry) => entry?.input?.initImage && typeof entry.requestedAt === 'number');
}

/** Browsers provide `crypto.randomUUID` only on https pages, and React Native no `crypto` at all. */
function randomKey(): string {
  const bytes = new Uint8Array(16);
  const { crypto } = globalThis as { crypto?: Pick<typeof globalThis.crypto, 'getRandomValues'> };
  if (crypto?.getRandomValues) crypto.getRandomValues(bytes);
  else for (const index of bytes.keys()) bytes[index] = Math.random() * 256;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
