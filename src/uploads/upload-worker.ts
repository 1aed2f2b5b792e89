import { loadSharp } from '../lib/pictures/load-sharp.js';
import { servePictureJobs } from '../lib/pictures/serve-picture-jobs.js';
import { normalizePicture } from './normalize-picture.js';

/** Entry point of the process that decodes uploads. */
await servePictureJobs(process, async () => {
  // TIFF only for what `tiffHeader` begins: uploads of that type are rejected by their first bytes.
  await loadSharp(['Jpeg', 'Png', 'Webp', 'Heif', 'Tiff']);
  return { normalize: normalizePicture };
});
