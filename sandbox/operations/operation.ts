import { z } from 'zod';
import type { SwapImages } from '../face-swap-picture.js';

/** A valid submit, parsed. */
export interface SubmitRequest {
  readonly operation: string;
  readonly key: string;
  readonly images: { readonly init: string; readonly target: string; readonly reference: string };
  readonly isBase64: boolean;
  readonly watermark: boolean;
  readonly webhook: string | null;
  readonly trackId: number | null;
}

/** How the log and `meta` show the images: by their URLs, but never as whole pictures in base64. */
export interface SubmittedImages {
  readonly initImage: string;
  readonly targetImage: string;
  readonly referenceImage: string;
}

/** One endpoint for submissions. */
export interface SandboxOperation {
  readonly name: string;
  /** Relative to the base path. */
  readonly path: string;
  /** The request, or the message with which to reject it. Fields that ModelsLab does not know are ignored, as it does. */
  read(body: unknown): SubmitRequest | string;
  /** For the log. The body may be anything. */
  describe(body: Record<string, unknown>): SubmittedImages;
  /** The images' fields in `meta`. */
  meta(images: SubmittedImages): Record<string, string>;
  /** Draws the result. Runs in the picture process. */
  draw(images: SwapImages): Promise<Buffer>;
}

/** Stands for a picture that was sent as base64 text. */
export const sentAsData = '[base64]';

const maxUrlLength = 4_096;
export const text = z.string().trim().min(1, 'is required');
export const httpUrl = z
  .string()
  .max(maxUrlLength)
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'must be a valid URL');

/** Fields that all endpoints share. */
export const commonFields = {
  webhook: httpUrl.nullish(),
  track_id: z.int().nullish(),
  base64: z.boolean().nullish(),
};

export function describeProblems({ issues }: z.ZodError): string {
  return issues.map((issue) => `The ${issue.path.join('.') || 'body'}: ${issue.message}.`).join(' ');
}
