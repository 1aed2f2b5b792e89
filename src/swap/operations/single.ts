import { z } from 'zod';
import { type CommonRequest, commonRecord, type Operation } from './operation.js';

/** Replaces one face in a picture. */
export interface SingleFaceSwapRequest extends CommonRequest {
  /** Never written: an earlier version would include it in the fingerprint, and pay for a repeated request again. */
  operation?: 'single';
  initImage: string;
  targetImage: string;
  referenceImage: string;
  watermark: boolean;
}

export const single: Operation<SingleFaceSwapRequest> = {
  tag: {},
  input: (imageUrl) => ({
    initImage: imageUrl,
    targetImage: imageUrl,
    referenceImage: imageUrl,
    watermark: z
      .boolean()
      .nullish()
      .transform((watermark) => watermark ?? true),
  }),
  record: z.looseObject({
    operation: z.literal('single').optional(),
    initImage: z.string(),
    targetImage: z.string(),
    referenceImage: z.string(),
    watermark: z.boolean(),
    ...commonRecord,
  }),
  pictures: ({ initImage, targetImage, referenceImage }) => [initImage, targetImage, referenceImage],
  erased: ({ watermark }, placeholder) => ({
    initImage: placeholder,
    targetImage: placeholder,
    referenceImage: placeholder,
    watermark,
  }),
};
