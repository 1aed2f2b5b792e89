import { join } from 'node:path';
import { createArchiveBudget } from '../archive/budget.js';
import { createCopier } from '../archive/copier.js';
import type { CopyObserver } from '../archive/copy-observer.js';
import { createDiskArchive } from '../archive/disk-archive.js';
import { createFileReader } from '../archive/file-reader.js';
import { createPictureFetcher, type PictureLabeler } from '../archive/picture-fetcher.js';
import { sweepArchive } from '../archive/sweep.js';
import type { Backend } from '../backends/backend.js';
import type { Config } from '../config/config.js';
import type { ArchiveStore } from '../swap/archive.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { FileReader } from '../swap/file-reader.js';
import { createFileUrls, type FileUrls } from '../swap/file-urls.js';
import { createResultFiles, type ResultFiles } from '../swap/lifecycle/result-files.js';
import type { SwapLog, SwapStore } from '../swap/ports.js';
import type { ResultSaver } from '../swap/result-reader.js';
import type { Tracing } from '../swap/tracing.js';
import { proxiesOf } from './proxies.js';

export interface ArchiveOptions {
  config: Config;
  /** Origin of file URLs. */
  origin(): string;
  save: ResultSaver;
  log: SwapLog;
  failpoint: FailpointHook;
  observer: CopyObserver;
  tracing: Tracing;
  /** Absent: files are stored as ModelsLab delivers them. */
  labeler?: PictureLabeler | undefined;
}

/** The archive before it is connected to the store of swaps. */
export interface ArchiveParts {
  urls: FileUrls;
  usedBytes(): number;
  maxBytes: number | undefined;
  /** Removes a stored file. No effect if there is none. */
  remove: ArchiveStore['delete'];
  /** Connects it to the store through which swaps are read and written, caches included. */
  connect(store: SwapStore): ConnectedArchive;
}

export interface ConnectedArchive {
  results: ResultFiles;
  reader: FileReader;
  /** Starts copying and sweeping. */
  start(): void;
  close(): Promise<void>;
}

/** Of the URL that the gateway listens on; nobody can read from it. */
const wildcard = /\/\/(0\.0\.0\.0|\[::\])(?=[:/]|$)/;

const sweepMs = 10 * 60_000;
/** With a limit, instances that share an archive learn of each other's copies this often. */
const sharedMeasureMs = 60_000;

/** The archive of results, if there is one. The S3 client is loaded only where it is used. */
export async function openArchive(
  options: ArchiveOptions,
  backend: Pick<Backend, 'swapIndex' | 'archiveJobs' | 'clock' | 'dueNow' | 'isShared' | 'secret'>,
): Promise<ArchiveParts | undefined> {
  const { config, origin, save, log, failpoint, observer, labeler } = options;
  const archive = await selectArchive(config);
  if (!archive) return undefined;
  const { swapIndex, archiveJobs, clock, dueNow, isShared } = backend;
  const budget = createArchiveBudget(config.archiveMaxBytes);
  const urls = createFileUrls({
    origin: () => origin().replace(wildcard, '//localhost'),
    now: clock.now,
    ttlMs: config.archiveUrlTtlMs,
    secrets: secretsOf(config, backend),
    disclosure: config.disclosureText,
  });
  const fetcher = createPictureFetcher({
    folder: join(config.dataDir, 'results', 'incoming'),
    isShared,
    save,
    archive,
    labeler,
  });

  return {
    urls,
    usedBytes: budget.usedBytes,
    maxBytes: budget.maxBytes,
    remove: archive.delete,
    connect(store) {
      const closing = new AbortController();
      let sweeping: Promise<void> | undefined;
      let isMeasured = (): void => undefined;
      const measured = new Promise<void>((resolve) => {
        isMeasured = resolve;
      });
      const copier = createCopier({
        store,
        jobs: archiveJobs,
        archive,
        fetcher,
        budget,
        measured: budget.maxBytes === undefined ? Promise.resolve() : measured,
        clock,
        dueNow,
        log,
        failpoint,
        observer,
        isShared,
        tracing: options.tracing,
      });
      return {
        results: createResultFiles({ swapIndex, schedule: copier, now: dueNow }),
        reader: createFileReader({ store, swapIndex, archive, fetcher, urls, log }),
        start() {
          const sweep = sweepArchive({
            store,
            swapIndex,
            archive,
            budget,
            clock,
            log,
            signal: closing.signal,
            intervalMs: isShared && budget.maxBytes !== undefined ? sharedMeasureMs : sweepMs,
            prepare: () => fetcher.clean(Date.now()),
          });
          void sweep.measured.then(isMeasured);
          sweeping = sweep.done;
          copier.start();
        },
        async close() {
          closing.abort();
          isMeasured();
          await copier.close();
          await sweeping;
          await archive.close();
        },
      };
    },
  };
}

async function selectArchive(config: Config): Promise<ArchiveStore | undefined> {
  switch (config.archive) {
    case 'off':
      return undefined;
    case 'disk':
      return createDiskArchive(join(config.dataDir, 'results'));
    case 's3': {
      const { createS3Archive } = await import('../archive/s3-archive.js');
      const { archiveUrls, archivePublicUrl = '' } = config;
      return createS3Archive({
        endpoint: config.s3Endpoint ?? '',
        region: config.s3Region,
        bucket: config.s3Bucket ?? '',
        prefix: config.s3Prefix,
        accessKeyId: config.s3AccessKeyId?.reveal() ?? '',
        secretAccessKey: config.s3SecretAccessKey?.reveal() ?? '',
        pathStyle: config.s3PathStyle,
        proxies: proxiesOf(config),
        direct:
          archiveUrls === 'gateway'
            ? undefined
            : archiveUrls === 'signed'
              ? { kind: 'signed' }
              : { kind: 'public', baseUrl: archivePublicUrl },
      });
    }
  }
}

/** The secrets of ModelsLab's webhook URLs, which all instances share, also make short-lived file URLs. */
function secretsOf(config: Config, backend: Pick<Backend, 'secret'>): string[] {
  if (config.archiveUrlTtlMs === undefined) return [];
  const given = config.webhookSecrets.map((secret) => secret.reveal());
  return given.length > 0 ? given : [backend.secret('webhook-secret')];
}
