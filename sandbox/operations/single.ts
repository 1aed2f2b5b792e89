import { z } from 'zod';
import { drawFaceSwap } from '../face-swap-picture.js';
import {
  commonFields,
  describeProblems,
  httpUrl,
  type SandboxOperation,
  sentAsData,
  text,
} from './operation.js';

const name = 'single';

const bodySchema = z.object({
  key: z.string(),
  init_image: text,
  target_image: text,
  reference_image: text,
  watermark: z.boolean().nullish(),
  ...commonFields,
});

/** "Specific Face Swap" in ModelsLab's reference. */
export const single: SandboxOperation = {
  name,
  path: 'single_face_swap',
  read(body) {
    const parsed = bodySchema.safeParse(body);
    if (!parsed.success) return describeProblems(parsed.error);
    const { key, init_image, target_image, reference_image, watermark, webhook, track_id, base64 } =
      parsed.data;
    const images = { init: init_image, target: target_image, reference: reference_image };
    const isBase64 = base64 === true;
    if (!isBase64) {
      const [field] = Object.entries(images).find(([, value]) => !httpUrl.safeParse(value).success) ?? [];
      if (field !== undefined) return `The ${field}_image must be a valid URL.`;
    }
    const rest = { webhook: webhook ?? null, trackId: track_id ?? null };
    return { operation: name, key, images, isBase64, watermark: watermark ?? true, ...rest };
  },
  describe(body) {
    const describe = (field: string): string =>
      body['base64'] === true ? sentAsData : String(body[field]).trim();
    return {
      initImage: describe('init_image'),
      targetImage: describe('target_image'),
      referenceImage: describe('reference_image'),
    };
  },
  meta: ({ initImage, targetImage, referenceImage }) => ({
    init_image: initImage,
    target_image: targetImage,
    reference_image: referenceImage,
  }),
  draw: drawFaceSwap,
};
