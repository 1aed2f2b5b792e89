import type { Backend } from '../backends/backend.js';
import type { Config } from '../config/config.js';
import type { ArchiveStore } from '../swap/archive.js';
import { badUserInput, notFound } from '../swap/errors.js';
import type { FailpointHook } from '../swap/failpoint.js';
import { createErasureParts, type ErasureParts } from '../swap/lifecycle/erasure-parts.js';
import { createErasures, type Erasures } from '../swap/lifecycle/erasures.js';
import type { FaceSwapProvider, SwapLog, SwapStore } from '../swap/ports.js';
import { isErased } from '../swap/swap.js';
import type { Uploads } from '../uploads/uploads.js';
import { createErasureList } from './erasure-list.js';

export interface ErasureSystemOptions {
  config: Pick<Config, 'dataDir' | 'uploadTtlMs'>;
  backend: Backend;
  /** The store through which swaps are read, caches included. */
  store: SwapStore;
  provider: Pick<FaceSwapProvider, 'erase'>;
  archive: Pick<ArchiveStore, 'delete'> | undefined;
  uploads(): Uploads | undefined;
  /** Origin of the gateway's pictures. */
  origin(): string;
  log: SwapLog;
  failpoint: FailpointHook;
}

export interface ErasureSystem extends Omit<Erasures, 'start'> {
  isUploadUsed: ErasureParts['isUploadUsed'];
  /** Erases what was erased before a backup was restored, then goes on with the erasures of earlier processes. */
  start(): void;
}

/** Path of the picture that stands in for those of an erased swap. */
const placeholderPath = '/samples/erased.jpg';
const uploadPath = /^\/(?:.*\/)?uploads\/([0-9a-f]{32})\.jpg$/;

export function uploadIdOf(url: string): string | undefined {
  return URL.canParse(url) ? uploadPath.exec(new URL(url).pathname)?.[1] : undefined;
}

export function createErasureSystem(options: ErasureSystemOptions): ErasureSystem {
  const { config, backend, store, provider, archive, origin, log, failpoint } = options;
  const { clock, dueNow, isShared, swapIndex, latePolls, archiveJobs, erasures, erasureJobs: jobs } = backend;
  const list = createErasureList(config.dataDir, clock.now);
  const parts = createErasureParts({
    store,
    swapIndex,
    outbox: backend.outbox,
    latePolls,
    archiveJobs,
    topic: backend.erasureTopic,
    provider,
    archive,
    uploads() {
      const uploads = options.uploads();
      return (
        uploads && {
          idOf: uploadIdOf,
          ttlMs: config.uploadTtlMs,
          async remove(client, id) {
            if ((await uploads.ownerOf(id)) === client) await uploads.remove(id);
          },
        }
      );
    },
    placeholder: () => `${origin()}${placeholderPath}`,
    record: list.record,
    purge: backend.purge,
    now: clock.now,
  });
  const system = createErasures({
    store,
    erasures,
    jobs,
    parts,
    clock,
    dueNow,
    log,
    failpoint,
    isShared,
  });

  /** Erases swaps that the store knows, but not that they were erased. */
  async function replay(): Promise<void> {
    let count = 0;
    for (const { swapId } of await list.read()) {
      const swap = await store.get(swapId);
      if (!swap || isErased(swap) || (await erasures.get(swapId))) continue;
      await system.request(swap);
      count += 1;
    }
    if (count > 0) log.warn({ swaps: count }, 'erased swaps that a restored backup had brought back');
  }

  return {
    ...system,
    isUploadUsed: parts.isUploadUsed,
    start() {
      replay().catch((error: unknown) =>
        log.error({ err: error }, `cannot read ${config.dataDir}/erasures.jsonl, or erase what it lists`),
      );
      system.start();
    },
  };
}

/** See `GatewayServices.deleteUpload`. */
export function createUploadDeletion(
  uploads: Uploads | undefined,
  isUploadUsed: ErasureParts['isUploadUsed'],
): (client: string, id: string) => Promise<string> {
  return async (client, given) => {
    const id = uploadIdOf(given) ?? given;
    if (!uploads || (await uploads.ownerOf(id)) !== client) throw notFound();
    if (await isUploadUsed(client, id))
      throw badUserInput([{ path: 'id', message: 'is used by one of your swaps; erase the swap instead' }]);
    await uploads.remove(id);
    return id;
  };
}
