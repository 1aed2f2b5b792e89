import { loadSharp } from '../pictures/load-sharp.js';
import { servePictureJobs } from '../pictures/serve-picture-jobs.js';
import { checkPicture, drawFaceSwap, type SwapImages } from './face-swap-picture.js';

/** The process that decodes what the sandbox was given, and draws. */
await servePictureJobs(process, async () => {
  // SVG is for the sandbox's own label; `checkPicture` refuses it.
  await loadSharp(['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Svg']);
  return {
    check: (bytes: Buffer) => checkPicture(bytes),
    draw: (images: SwapImages) => drawFaceSwap(images),
  };
});
