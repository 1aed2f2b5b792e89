import { createHash } from 'node:crypto';
import { z } from 'zod';
import { publicUrl, type UrlPolicy } from './public-url.js';
import type { SwapRequest } from './swap.js';
import { badUserInput } from './swap-error.js';

export const reusePolicies = ['NEVER', 'IN_FLIGHT', 'COMPLETED'] as const;
export type ReusePolicy = (typeof reusePolicies)[number];

/** A request as it was understood: what to send, and how to treat repetitions. */
export interface SwapOrder {
  request: SwapRequest;
  idempotencyKey?: string;
  reuse: ReusePolicy;
  /** How long the answer may be held for the swap to end, milliseconds. */
  waitMs: number;
}

export const maxWaitSeconds = 60;

export type SwapOrderParser = (input: unknown, wait: unknown) => SwapOrder;

/** @returns a parser that throws BAD_USER_INPUT, with every wrong field named, for whatever cannot be taken */
export function createSwapOrderParser(urlPolicy: UrlPolicy): SwapOrderParser {
  const url = publicUrl(urlPolicy);
  const schema = z.object({
    input: z.object({
      initImage: url,
      targetImage: url,
      referenceImage: url,
      watermark: z.boolean().nullish(),
      trackId: z.int({ error: 'must be an integer between -(2^53-1) and 2^53-1' }).nullish(),
      idempotencyKey: z
        .string()
        .min(1, 'must have at least 1 character')
        .max(255, 'must have at most 255 characters')
        .nullish(),
      reuse: z.enum(reusePolicies).nullish(),
    }),
    wait: z
      .int()
      .min(0, `must be between 0 and ${maxWaitSeconds} seconds`)
      .max(maxWaitSeconds, `must be between 0 and ${maxWaitSeconds} seconds`)
      .nullish(),
  });

  return (input, wait) => {
    const parsed = schema.safeParse({ input, wait });
    if (!parsed.success) {
      throw badUserInput(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
    }
    const { watermark, trackId, idempotencyKey, reuse, ...images } = parsed.data.input;
    return {
      request: { ...images, watermark: watermark ?? true, ...(trackId != null && { trackId }) },
      ...(idempotencyKey != null && { idempotencyKey }),
      reuse: reuse ?? 'IN_FLIGHT',
      waitMs: (parsed.data.wait ?? 0) * 1000,
    };
  };
}

/** The same for two requests that would have ModelsLab do the same. SHA-256 as base64url. */
export function fingerprint(request: SwapRequest): string {
  const fields = Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}
