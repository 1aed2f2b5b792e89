import { describe, expect, test } from 'vitest';
import { type ConsentEvidence, type ConsentLog, exportConsents } from '../../src/swap/consent.js';
import type { SwapStore } from '../../src/swap/ports.js';
import { type QueuedSwap, queuedSwap } from '../../src/swap/swap.js';
import { images } from '../../testing/swap-client.js';

export interface ConsentLogUnderTest {
  consents: ConsentLog;
  /** The store that adds evidence with new swaps, if there is one. */
  store?: SwapStore;
  /** Resolves when this much time has passed. */
  pass(ms: number): Promise<void>;
}

const minuteMs = 60_000;

function evidence(
  swapId: string = crypto.randomUUID(),
  changes: Partial<ConsentEvidence> = {},
): ConsentEvidence {
  const at = Date.now();
  const facts = { client: 'ann', at, inputs: 'hash', keyId: '01234567', expiresAt: at + minuteMs };
  return { swapId, ...facts, statement: 'terms of 2026-11 — “ja”', ...changes };
}

async function all(consents: ConsentLog): Promise<ConsentEvidence[]> {
  const found: ConsentEvidence[] = [];
  for await (const each of exportConsents(consents)) found.push(each);
  return found;
}

/** What every ConsentLog must do. @param open returns a new, empty one, and closes it after the test */
export function describeConsentLog(name: string, open: () => Promise<ConsentLogUnderTest>): void {
  describe(`${name} as a ConsentLog`, () => {
    test('keeps evidence as it was given, with or without a statement', async () => {
      const { consents } = await open();
      const { statement: _, ...bare } = evidence();
      const full = evidence();
      await consents.add(full);
      await consents.add(bare);
      expect(await consents.get(full.swapId)).toEqual(full);
      expect(await consents.get(bare.swapId)).toEqual(bare);
      expect(await consents.get('unknown')).toBeUndefined();
    });

    test('keeps the first evidence of a swap, of many at the same time as well', async () => {
      const { consents } = await open();
      const first = evidence('one');
      await consents.add(first);
      await Promise.all([1, 2, 3].map((n) => consents.add(evidence('one', { statement: `later ${n}` }))));
      expect(await consents.get('one')).toEqual(first);
      expect(await all(consents)).toEqual([first]);
      await Promise.all([1, 2, 3].map((n) => consents.add(evidence('two', { statement: `same ${n}` }))));
      expect(await all(consents)).toHaveLength(2);
    });

    test('lists all of it in the order in which it was added, page by page', async () => {
      const { consents } = await open();
      const given = Array.from({ length: 7 }, (_, n) => evidence(`swap ${n}`, { at: 1000 - n }));
      for (const each of given) await consents.add(each);
      const first = await consents.page(3);
      expect(first.evidence).toEqual(given.slice(0, 3));
      const second = await consents.page(3, first.next);
      expect(second.evidence).toEqual(given.slice(3, 6));
      const third = await consents.page(3, second.next);
      expect(third).toEqual({ evidence: given.slice(6), next: undefined });
      expect(await all(consents)).toEqual(given);
    });

    test('an empty log has an empty page', async () => {
      const { consents } = await open();
      expect(await consents.page(10)).toEqual({ evidence: [], next: undefined });
    });

    test('drops each entry when its time is over, not before', async () => {
      const { consents, pass } = await open();
      const short = evidence('short', { expiresAt: Date.now() + 400 });
      const long = evidence('long');
      await consents.add(short);
      await consents.add(long);
      expect(await all(consents)).toEqual([short, long]);
      await pass(500);
      expect(await consents.get('short')).toBeUndefined();
      expect(await all(consents)).toEqual([long]);
      const next = evidence('next');
      await consents.add(next);
      expect(await all(consents)).toEqual([long, next]);
    });
  });
}

/** What every SwapStore must do with the consent in the claims of a new swap. */
export function describeConsentOfNewSwaps(
  name: string,
  open: () => Promise<Required<ConsentLogUnderTest>>,
): void {
  const pending = (): QueuedSwap =>
    queuedSwap(crypto.randomUUID(), 'ann', { ...images, watermark: true }, Date.now());
  const guard = { kind: 'key', value: 'k' } as const;

  describe(`${name} as the store of swaps with consent`, () => {
    test('keeps the evidence of a swap that it accepts', async () => {
      const { store, consents } = await open();
      const swap = pending();
      const consent = evidence(swap.id);
      expect(await store.create(swap, { fingerprint: 'f', guard, consent })).toBeUndefined();
      expect(await consents.get(swap.id)).toEqual(consent);
    });

    test('keeps none of a swap that it does not accept, nor of one without consent', async () => {
      const { store, consents } = await open();
      const [first, second] = [pending(), pending()];
      await store.create(first, { fingerprint: 'f', guard });
      expect(
        await store.create(second, { fingerprint: 'f', guard, consent: evidence(second.id) }),
      ).toMatchObject({ swapId: first.id });
      expect(await all(consents)).toEqual([]);
    });
  });
}
