import { setTimeout as sleep } from 'node:timers/promises';
import { maybeEcho } from './answer-faults.js';
import type { SwapImages } from './face-swap-picture.js';
import { ImageUnavailableError } from './image-source.js';
import type { SubmitRequest } from './operations/operation.js';
import type { PictureMaker } from './picture-maker.js';
import type { PictureStore } from './picture-store.js';
import type { Job, JobRegistry } from './sandbox-jobs.js';
import type { SandboxLogger } from './sandbox-logger.js';
import type { SandboxWebhooks } from './sandbox-webhooks.js';
import { pictureUrl } from './wire-bodies.js';

export interface Generation {
  /** Resolves when the job has finished and released its slot in the queue. */
  readonly finished: Promise<void>;
  /** Resolves when its webhooks have been sent too. */
  readonly announced: Promise<void>;
}

export interface GenerationDeps {
  readonly jobs: JobRegistry;
  readonly maker: PictureMaker;
  readonly pictures: PictureStore;
  readonly webhooks: SandboxWebhooks;
  readonly signal: AbortSignal;
  readonly logger: SandboxLogger;
}

const failures = [
  'Image generation failed, please try again',
  'Something went wrong, please contact support',
];

/** Runs a job to its end. Fetches the images if `images` is undefined. */
export function startGeneration(
  deps: GenerationDeps,
  job: Job,
  request: SubmitRequest,
  images: SwapImages | undefined,
): Generation {
  const finished = generate(deps, job, request, images);
  return { finished, announced: finished.then(() => deps.webhooks.announce(job)) };
}

async function generate(
  { jobs, maker, pictures, signal, logger }: GenerationDeps,
  job: Job,
  request: SubmitRequest,
  images: SwapImages | undefined,
): Promise<void> {
  const { draw } = job;
  if (job.generationMs > 0) await sleep(job.generationMs, undefined, { signal });
  const fail = (message: string) => jobs.finish(job, { message: maybeEcho(message, request, draw) });
  if (draw.happens('noFace')) return void fail('No face detected in the provided image');
  if (draw.happens('generationFailed'))
    return void fail(failures[Math.floor(draw.fraction('failure') * 2)] ?? '');
  try {
    pictures.put(job.pictureId, await maker.draw(request, images ?? (await maker.load(request, draw))));
    jobs.finish(job, { output: [pictureUrl(job)] });
  } catch (error) {
    logger.warn({ id: job.row.id, error: String(error) }, 'sandbox: failed to make the picture');
    fail(
      error instanceof ImageUnavailableError
        ? 'Unable to fetch image from provided URL'
        : (failures[0] ?? ''),
    );
  }
}
