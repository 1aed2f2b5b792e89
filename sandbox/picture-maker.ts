import { compiledModule } from '../src/lib/pictures/compiled-module.js';
import { readPictureHeader } from '../src/lib/pictures/picture-header.js';
import { PictureJobError } from '../src/lib/pictures/picture-job.js';
import { refuseSize } from '../src/lib/pictures/picture-limits.js';
import { createPictureProcess, type PictureProcess } from '../src/lib/pictures/picture-process.js';
import type { SwapImages } from './face-swap-picture.js';
import type { FaultDraw } from './fault-draw.js';
import { type ImageSource, ImageUnavailableError } from './image-source.js';
import type { SubmitRequest } from './operations/operation.js';

export interface PictureMaker {
  /** @throws ImageUnavailableError if an image cannot be loaded or is not a picture */
  load(request: SubmitRequest, draw: FaultDraw): Promise<SwapImages>;
  /** @throws ImageUnavailableError for a picture that cannot be decoded */
  draw(request: SubmitRequest, images: SwapImages): Promise<Buffer>;
  close(): Promise<void>;
}

const timeoutMs = 15_000;
const maxResidentBytes = 1024 * 1024 * 1024;

/** The process that decodes untrusted pictures. */
export function createSandboxPictureProcess(): PictureProcess {
  return createPictureProcess({
    module: compiledModule('sandbox/picture-worker.js'),
    timeoutMs,
    maxResidentBytes,
  });
}

/** Fetches the pictures of a request and swaps the face. Owns and closes `images` and `pictures`. */
export function createPictureMaker(
  signal: AbortSignal,
  images: ImageSource,
  pictures: PictureProcess = createSandboxPictureProcess(),
): PictureMaker {
  const run = async (name: string, input: unknown): Promise<unknown> => {
    try {
      return await pictures.run('', name, input);
    } catch (error) {
      if (!(error instanceof PictureJobError) || error.failure === 'unavailable') throw error;
      throw new ImageUnavailableError(error.message, { cause: error });
    }
  };
  return {
    load: async ({ images: given, isBase64 }, draw) => {
      failIfDrawn(draw);
      const sources = [given.init, given.target, given.reference] as const;
      const load = async (source: string) => {
        const bytes = await images.load(source, isBase64, signal);
        refuseByHeader(bytes);
        await run('check', bytes);
        return bytes;
      };
      const [init, target, reference] = await Promise.all([
        load(sources[0]),
        load(sources[1]),
        load(sources[2]),
      ]);
      return { init, target, reference };
    },
    draw: async ({ operation }, loaded) => Buffer.from((await run(operation, loaded)) as Uint8Array),
    close: async () => {
      await Promise.all([images.close(), pictures.close()]);
    },
  };
}

function refuseByHeader(bytes: Buffer): void {
  const header = readPictureHeader(bytes);
  const problem = header ? header.size && refuseSize(header.size) : 'not a picture';
  if (problem !== undefined) throw new ImageUnavailableError(problem);
}

/** Fetches and draws nothing: every result is the same gray dot. For thousands of swaps a minute. */
export function createPlaceholderMaker(): PictureMaker {
  const placeholder = Buffer.from(placeholderJpeg, 'base64');
  const nothing = { init: placeholder, target: placeholder, reference: placeholder };
  return {
    load: async (_request, draw) => {
      failIfDrawn(draw);
      return nothing;
    },
    draw: async () => placeholder,
    close: async () => undefined,
  };
}

function failIfDrawn(draw: FaultDraw): void {
  if (draw.happens('imageUnfetchable')) throw new ImageUnavailableError('fault imageUnfetchable');
}

/** 8 by 8 pixels. */
const placeholderJpeg =
  '/9j/2wBDABAQEBAREBIUFBIZGxgbGSUiHx8iJTgoKygrKDhVNT41NT41VUtbSkVKW0uHal5eaoecg3yDnL2pqb3u4u7/////2wBD' +
  'ARAQEBAREBIUFBIZGxgbGSUiHx8iJTgoKygrKDhVNT41NT41VUtbSkVKW0uHal5eaoecg3yDnL2pqb3u4u7/////wgARCAAIAAgD' +
  'ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIQAxAAAAC8H//EABQQ' +
  'AQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAT8Af//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQIBAT8Af//EABQRAQAAAAAAAAAA' +
  'AAAAAAAAAAD/2gAIAQMBAT8Af//Z';
