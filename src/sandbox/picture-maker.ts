import { checkPicture, drawFaceSwap, type SwapImages } from './face-swap-picture.js';
import type { FaultDraw } from './fault-draw.js';
import { ImageUnavailableError, loadImage } from './image-source.js';
import type { SubmitRequest } from './submit-request.js';

export interface PictureMaker {
  /** @throws ImageUnavailableError when one of the images cannot be had or is no picture. */
  load(request: SubmitRequest, draw: FaultDraw): Promise<SwapImages>;
  draw(images: SwapImages): Promise<Buffer>;
}

/** Fetches the pictures of a request and swaps the face. */
export function createPictureMaker(signal: AbortSignal): PictureMaker {
  return {
    load: async ({ images, isBase64 }, draw) => {
      failIfDrawn(draw);
      const sources = [images.init, images.target, images.reference] as const;
      const load = async (source: string) => {
        const bytes = await loadImage(source, isBase64, signal);
        await checkPicture(bytes);
        return bytes;
      };
      const [init, target, reference] = await Promise.all([
        load(sources[0]),
        load(sources[1]),
        load(sources[2]),
      ]);
      return { init, target, reference };
    },
    draw: drawFaceSwap,
  };
}

/** Fetches nothing and draws nothing: every result is the same grey dot. For thousands of swaps a minute. */
export function createPlaceholderMaker(): PictureMaker {
  const placeholder = Buffer.from(placeholderJpeg, 'base64');
  const nothing = { init: placeholder, target: placeholder, reference: placeholder };
  return {
    load: async (_request, draw) => {
      failIfDrawn(draw);
      return nothing;
    },
    draw: async () => placeholder,
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
