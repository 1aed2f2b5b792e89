import type { SingleFaceSwapRequest } from '../../../swap/operations/single.js';
import type { ModelsLabOperation } from './operation.js';

/** "Specific Face Swap" in ModelsLab's reference. */
export const single: ModelsLabOperation<SingleFaceSwapRequest> = {
  path: '/single_face_swap',
  pictures: { init_image: 'initImage', target_image: 'targetImage', reference_image: 'referenceImage' },
  body: ({ watermark }) => ({ watermark }),
};
