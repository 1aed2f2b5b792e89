import { z } from 'zod';

/** A valid submit, parsed. */
export interface SubmitRequest {
  readonly key: string;
  readonly images: { readonly init: string; readonly target: string; readonly reference: string };
  readonly isBase64: boolean;
  readonly watermark: boolean;
  readonly webhook: string | null;
  readonly trackId: number | null;
}

const maxUrlLength = 2_048;
const text = z.string().trim().min(1, 'is required');
const address = z
  .string()
  .max(maxUrlLength)
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'must be a valid URL');

const bodySchema = z.object({
  key: z.string(),
  init_image: text,
  target_image: text,
  reference_image: text,
  watermark: z.boolean().nullish(),
  webhook: address.nullish(),
  track_id: z.int().nullish(),
  base64: z.boolean().nullish(),
});

/** The request, or the message with which to reject it. Fields that ModelsLab does not know are ignored, as it does. */
export function readSubmitRequest(body: unknown): SubmitRequest | string {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return describe(parsed.error);
  const { key, init_image, target_image, reference_image, watermark, webhook, track_id, base64 } =
    parsed.data;
  const images = { init: init_image, target: target_image, reference: reference_image };
  const isBase64 = base64 === true;
  if (!isBase64) {
    const [field] = Object.entries(images).find(([, value]) => !address.safeParse(value).success) ?? [];
    if (field !== undefined) return `The ${field}_image must be a valid URL.`;
  }
  const rest = { webhook: webhook ?? null, trackId: track_id ?? null };
  return { key, images, isBase64, watermark: watermark ?? true, ...rest };
}

/** How the log and `meta` show an image: by its URL, but never as a whole picture in base64. */
export function describeImages({ images, isBase64 }: SubmitRequest): SubmitRequest['images'] {
  return isBase64 ? { init: '[base64]', target: '[base64]', reference: '[base64]' } : images;
}

function describe({ issues }: z.ZodError): string {
  return issues.map((issue) => `The ${issue.path.join('.') || 'body'}: ${issue.message}.`).join(' ');
}
