import type { CopyObserver } from '../archive/copy-observer.js';
import type { Backend } from '../backends/backend.js';
import type { Config } from '../config/config.js';
import type { UrlPolicy } from '../lib/public-url.js';
import { createResultReader } from '../providers/result-reader.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { SwapLog } from '../swap/ports.js';
import type { ResultReader } from '../swap/result-reader.js';
import type { Tracing } from '../swap/tracing.js';
import { type ArchiveParts, openArchive } from './archive.js';
import { createLabeler, createPictureLabeler } from './labeler.js';
import type { OwnPictureLookup } from './own-pictures.js';
import { proxiesOf } from './proxies.js';

export interface ResultsOptions {
  config: Config;
  backend: Backend;
  /** Which result URLs are fetched. */
  policy: UrlPolicy;
  /** In front of the sandbox: recognizes the results that it keeps, which are read without a request. */
  findOwn: OwnPictureLookup | undefined;
  /** Origin of file URLs. */
  origin(): string;
  log: SwapLog;
  failpoint: FailpointHook;
  observer: CopyObserver;
  tracing: Tracing;
}

/** Finished pictures: reads them from where ModelsLab put them, and archives labeled copies. */
export async function openResults({ config, backend, policy, findOwn, ...options }: ResultsOptions): Promise<{
  read: ResultReader;
  archive: ArchiveParts | undefined;
  close(): Promise<void>;
}> {
  const trustedOrigin = new URL(config.modelsLabBaseUrl).origin;
  const { read, save, close } = createResultReader({
    policy,
    findOwn,
    trustedOrigin,
    proxies: proxiesOf(config),
  });
  const xmp = createLabeler(config);
  const labeler = xmp && createPictureLabeler(xmp);
  return { read, archive: await openArchive({ ...options, config, save, labeler }, backend), close };
}
