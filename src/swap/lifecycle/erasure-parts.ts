import type { ArchiveStore } from '../archive.js';
import { namedResultOf } from '../archive.js';
import {
  type Erasure,
  type ErasurePart,
  type ErasureTarget,
  type ErasureTopic,
  type ErasureWork,
  erasedSwap,
} from '../erasure.js';
import { archiveKey, fileName } from '../files.js';
import type { LatePollSchedule } from '../late-poll-schedule.js';
import { picturesOf } from '../operations/registry.js';
import type { FaceSwapProvider, SwapIndex, SwapStore } from '../ports.js';
import { type EndedSwap, lateUntilOf } from '../swap.js';
import type { WebhookOutbox } from '../webhook-outbox.js';
import { lateResultEvent } from './late-results.js';

/** Pictures that clients uploaded, as far as an erasure needs them. */
export interface ErasableUploads {
  /** The id in the URL of an upload; undefined for any other URL. */
  idOf(url: string): string | undefined;
  /** Removes an upload of the client. No effect if there is none, or it belongs to another client. */
  remove(client: string, id: string): Promise<void>;
  /** How long an upload is kept, milliseconds. */
  ttlMs: number;
}

/** The parts of an erasure. */
export interface ErasureParts {
  /** What has to be erased outside the record. @param swap undefined: it has expired */
  plan(swap: EndedSwap | undefined): Promise<ErasureWork>;
  /** Tries each part that is PENDING. Never rejects: a part that failed stays PENDING. */
  erase(erasure: Erasure, swap: EndedSwap | undefined): Promise<Erasure>;
  /** Notes outside the store that a swap is to be erased, so that a backup of the store that is restored does not bring it back. */
  record(swapId: string, requestedAt: number): Promise<void>;
  /** Whether a swap of the client, other than the given one, may still need an upload. @throws UNAVAILABLE */
  isUploadUsed(client: string, upload: string, exceptSwapId?: string): Promise<boolean>;
  /** Removes what has been deleted from the files of the store. */
  purge(): Promise<void>;
}

export interface ErasurePartsDeps {
  store: Pick<SwapStore, 'get' | 'erase'>;
  swapIndex: Pick<SwapIndex, 'candidates' | 'modelsLabIdOf'>;
  outbox: Pick<WebhookOutbox, 'remove'>;
  latePolls: Pick<LatePollSchedule, 'remove'>;
  archiveJobs: Pick<LatePollSchedule, 'remove'>;
  topic: Pick<ErasureTopic, 'announce'>;
  provider: Pick<FaceSwapProvider, 'erase'>;
  /** Undefined: files are not archived. */
  archive: Pick<ArchiveStore, 'delete'> | undefined;
  /** Undefined: there are none. */
  uploads(): ErasableUploads | undefined;
  /** URL of the picture that stands in for those of an erased request. */
  placeholder(): string;
  record: ErasureParts['record'];
  purge(): Promise<void>;
  now(): number;
}

type Outcome = Omit<ErasurePart, 'what'>;

const done: Outcome = { state: 'DONE' };
const pageSize = 100;

export function createErasureParts(deps: ErasurePartsDeps): ErasureParts {
  const { store, swapIndex, outbox, latePolls, archiveJobs, topic, provider, archive } = deps;

  async function eraseRecord(
    { swapId, requestedAt }: Erasure,
    swap: EndedSwap | undefined,
  ): Promise<Outcome> {
    await latePolls.remove(swapId);
    await archiveJobs.remove(swapId);
    if (swap && swap.erasedAt === undefined)
      await store.erase(swap, erasedSwap(swap, requestedAt, deps.placeholder()));
    await topic.announce(swapId);
    return done;
  }

  async function eraseWebhooks({ swapId }: Erasure): Promise<Outcome> {
    await outbox.remove({ swapId });
    await outbox.remove({ swapId, type: lateResultEvent });
    return done;
  }

  async function eraseFiles({ files }: ErasureWork): Promise<Outcome> {
    if (files.length > 0 && !archive) return { state: 'NOT_POSSIBLE', reason: 'The archive is turned off.' };
    for (const key of files) await archive?.delete(key);
    return done;
  }

  async function isUploadUsed(client: string, upload: string, exceptSwapId?: string): Promise<boolean> {
    const uploads = deps.uploads();
    const createdAfter = deps.now() - (uploads?.ttlMs ?? 0);
    let before: { createdAt: number; sequence: number } | undefined;
    for (;;) {
      const rows = await swapIndex.candidates(client, { createdAfter }, pageSize, before);
      for (const { id } of rows) {
        const other = id === exceptSwapId ? undefined : await store.get(id);
        if (other && picturesOf(other.request).some((url) => uploads?.idOf(url) === upload)) return true;
      }
      before = rows.at(-1);
      if (!before || rows.length < pageSize) return false;
    }
  }

  async function eraseUploads({ client, swapId }: Erasure, { uploads: ids }: ErasureWork): Promise<Outcome> {
    const uploads = deps.uploads();
    if (ids.length === 0 || !uploads) return done;
    let kept = 0;
    for (const id of ids) {
      if (await isUploadUsed(client, id, swapId)) kept += 1;
      else await uploads.remove(client, id);
    }
    return kept === 0
      ? done
      : {
          state: 'NOT_POSSIBLE',
          reason: `${kept} of the uploads ${kept === 1 ? 'is' : 'are'} used by another swap, and removed with it or when expired.`,
        };
  }

  async function eraseAtModelsLab({ swapId }: Erasure, work: ErasureWork): Promise<Outcome> {
    const { mayBeAtModelsLab, modelsLabId } = work;
    if (!mayBeAtModelsLab) return done;
    if (modelsLabId === undefined)
      return { state: 'NOT_POSSIBLE', reason: "ModelsLab's id of the swap is not known." };
    if (!provider.erase)
      return { state: 'NOT_POSSIBLE', reason: 'The provider of face swaps cannot delete results.' };
    switch (await provider.erase(modelsLabId, { swapId })) {
      case 'erased':
        return done;
      case 'refused':
        return { state: 'NOT_POSSIBLE', reason: 'ModelsLab does not delete this result on request.' };
      case 'unavailable':
        return { state: 'PENDING', reason: 'ModelsLab did not respond to the request to delete the result.' };
    }
  }

  /** Files after the record: from then on, nothing copies them. */
  const attempts: [
    ErasureTarget,
    (erasure: Erasure, work: ErasureWork, swap: EndedSwap | undefined) => Promise<Outcome>,
  ][] = [
    ['WEBHOOKS', (erasure) => eraseWebhooks(erasure)],
    ['RECORD', (erasure, _work, swap) => eraseRecord(erasure, swap)],
    ['FILES', (_erasure, work) => eraseFiles(work)],
    ['UPLOADS', eraseUploads],
    ['MODELSLAB', eraseAtModelsLab],
  ];

  return {
    async plan(swap) {
      if (!swap) return { files: [], uploads: [], mayBeAtModelsLab: false };
      const named = [namedResultOf(swap)].flatMap((result) => result ?? []);
      const uploads = deps.uploads();
      const used = picturesOf(swap.request).flatMap((url) => uploads?.idOf(url) ?? []);
      const modelsLabId = swap.modelsLabId ?? (await swapIndex.modelsLabIdOf(swap.id));
      return {
        files: named.flatMap(({ files, output }) =>
          output.map((url, index) => archiveKey(files.token, fileName(index, url))),
        ),
        uploads: [...new Set(used)],
        // A failure that is certain left no result.
        mayBeAtModelsLab:
          swap.status === 'SUCCEEDED' || lateUntilOf(swap) !== undefined || modelsLabId !== undefined,
        ...(modelsLabId !== undefined && { modelsLabId }),
      };
    },
    async erase(erasure, swap) {
      const { work } = erasure;
      if (!work) throw new Error('the erasure is not planned');
      const outcomes = new Map<ErasureTarget, ErasurePart>(erasure.parts.map((part) => [part.what, part]));
      for (const [what, attempt] of attempts) {
        if (outcomes.get(what)?.state !== 'PENDING') continue;
        const outcome = await attempt(erasure, work, swap).catch(
          (): Outcome => ({ state: 'PENDING', reason: 'The gateway could not reach what stores it.' }),
        );
        outcomes.set(what, { what, ...outcome });
      }
      return { ...erasure, parts: [...outcomes.values()] };
    },
    isUploadUsed,
    record: deps.record,
    purge: deps.purge,
  };
}
