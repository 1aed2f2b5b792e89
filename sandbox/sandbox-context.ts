import type { SandboxAccount } from './account.js';
import type { FaultDesk } from './fault-draw.js';
import type { PictureMaker } from './picture-maker.js';
import type { PictureStore } from './picture-store.js';
import type { JobRegistry } from './sandbox-jobs.js';
import type { SandboxLogger } from './sandbox-logger.js';
import type { SandboxScript } from './sandbox-script.js';
import type { SandboxWebhooks } from './sandbox-webhooks.js';

/** State shared by the handlers of one sandbox. */
export interface SandboxContext {
  readonly account: SandboxAccount;
  readonly desk: FaultDesk;
  readonly jobs: JobRegistry;
  readonly script: SandboxScript;
  readonly maker: PictureMaker;
  readonly pictures: PictureStore;
  readonly webhooks: SandboxWebhooks;
  readonly logger: SandboxLogger;
  readonly queueLimit: number;
  /** Undefined: any non-empty key is accepted. */
  readonly apiKey: string | undefined;
  /** Undefined: links use the host that the request was sent to. */
  readonly publicUrl: string | undefined;
  /** Aborts when the sandbox closes. */
  readonly signal: AbortSignal;
  /** Lets `work` continue after the response; the sandbox's close waits for it. */
  inBackground(work: Promise<unknown>): void;
}

/** Whether ModelsLab would accept this `key`. */
export function isKeyGood({ apiKey }: SandboxContext, key: unknown): boolean {
  return typeof key === 'string' && (apiKey === undefined ? key.trim() !== '' : key === apiKey);
}
