import { z } from 'zod';
import type { SwapImages } from '../face-swap-picture.js';

/** A submit that ModelsLab would take, read. */
export interface SubmitRequest {
  readonly operation: string;
  readonly key: string;
  readonly images: { readonly init: string; readonly target: string; readonly reference: string };
  readonly isBase64: boolean;
  readonly watermark: boolean;
  readonly webhook: string | null;
  readonly trackId: number | null;
}

/** The images of a submission: URLs, but never a whole picture in base64. */
export interface SubmittedImages {
  readonly initImage: string;
  readonly targetImage: string;
  readonly referenceImage: string;
}

/** One endpoint that takes submissions. */
export interface SandboxOperation {
  readonly name: string;
  /** Below the base path. */
  readonly path: string;
  /** The request, or the sentence with which to refuse it. Fields that ModelsLab does not know are ignored, as there. */
  read(body: unknown): SubmitRequest | string;
  /** For the log. The body may be anything. */
  describe(body: Record<string, unknown>): SubmittedImages;
  /** What `meta` says of the images. */
  meta(images: SubmittedImages): Record<string, string>;
  /** Draws the result. Runs in the picture process. */
  draw(images: SwapImages): Promise<Buffer>;
}

const maxUrlLength = 2_048;
export const text = z.string().trim().min(1, 'is required');
export const address = z
  .string()
  .max(maxUrlLength)
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'must be a valid URL');

/** Fields of every endpoint. */
export const commonFields = {
  webhook: address.nullish(),
  track_id: z.int().nullish(),
  base64: z.boolean().nullish(),
};

export function describeProblems({ issues }: z.ZodError): string {
  return issues.map((issue) => `The ${issue.path.join('.') || 'body'}: ${issue.message}.`).join(' ');
}
