import { loadSharp } from '../src/lib/pictures/load-sharp.js';
import { servePictureJobs } from '../src/lib/pictures/serve-picture-jobs.js';
import { checkPicture } from './face-swap-picture.js';
import { sandboxOperations } from './operations/registry.js';

/** Entry point of the process that decodes the sandbox's input and draws its results. */
await servePictureJobs(process, async () => {
  // SVG is for the sandbox's own label; `checkPicture` rejects it.
  await loadSharp(['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Svg']);
  return {
    check: (bytes: Buffer) => checkPicture(bytes),
    ...Object.fromEntries(sandboxOperations.map(({ name, draw }) => [name, draw])),
  };
});
