import type { FaultDesk } from './fault-draw.js';
import type { PictureMaker } from './picture-maker.js';
import type { PictureStore } from './picture-store.js';
import type { JobRegistry } from './sandbox-jobs.js';
import type { SandboxLogger } from './sandbox-logger.js';
import type { SandboxScript } from './sandbox-script.js';
import type { SandboxWebhooks } from './sandbox-webhooks.js';

/** What the handlers of one sandbox share. */
export interface SandboxContext {
  readonly desk: FaultDesk;
  readonly jobs: JobRegistry;
  readonly script: SandboxScript;
  readonly maker: PictureMaker;
  readonly pictures: PictureStore;
  readonly webhooks: SandboxWebhooks;
  readonly logger: SandboxLogger;
  readonly queueLimit: number;
  /** Undefined: any key that is not empty will do. */
  readonly apiKey: string | undefined;
  /** Undefined: links lead to the host by which the request came. */
  readonly publicUrl: string | undefined;
  /** Aborts when the sandbox closes. */
  readonly signal: AbortSignal;
  /** Lets `work` go on behind the request; the sandbox's close waits for it. */
  inBackground(work: Promise<unknown>): void;
}

/** Whether ModelsLab would take this `key`. */
export function isKeyGood({ apiKey }: SandboxContext, key: unknown): boolean {
  return typeof key === 'string' && (apiKey === undefined ? key.trim() !== '' : key === apiKey);
}
