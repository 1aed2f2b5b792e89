import { loadSharp } from '../lib/pictures/load-sharp.js';
import { servePictureJobs } from '../lib/pictures/serve-picture-jobs.js';
import { normalizePicture } from './normalize-picture.js';

/** Entry point of the process that decodes uploads. */
await servePictureJobs(process, async () => {
  await loadSharp(['Jpeg', 'Png', 'Webp', 'Heif']);
  return { normalize: normalizePicture };
});
