import { createHash } from 'node:crypto';
import { z } from 'zod';
import { publicUrl, type UrlPolicy } from '../lib/public-url.js';
import { badUserInput } from './errors.js';
import type { SwapRequest } from './swap.js';

export const reusePolicies = ['NEVER', 'IN_FLIGHT', 'COMPLETED'] as const;
export type ReusePolicy = (typeof reusePolicies)[number];

/** A request as it was understood: what to send, and how to treat repetitions. */
export interface CreateSwapCommand {
  request: SwapRequest;
  idempotencyKey?: string;
  reuse: ReusePolicy;
  /** How long the answer may be held for the swap to end, milliseconds. */
  waitMs: number;
}

export const maxWaitSeconds = 60;
const consentMissing =
  'must be true: the people shown have to agree, and this gateway requires it to be said';

export type CommandParser = (input: unknown, wait: unknown) => CreateSwapCommand;

/** @returns a parser that throws BAD_USER_INPUT, with every wrong field named, for whatever cannot be taken */
export function createCommandParser(
  imagePolicy: UrlPolicy,
  webhookPolicy: UrlPolicy,
  { requireConsent = false } = {},
): CommandParser {
  const url = publicUrl(imagePolicy);
  const schema = z.object({
    input: z.object({
      initImage: url,
      targetImage: url,
      referenceImage: url,
      watermark: z.boolean().nullish(),
      consent: requireConsent ? z.literal(true, consentMissing) : z.boolean().nullish(),
      trackId: z.int({ error: 'must be an integer between -(2^53-1) and 2^53-1' }).nullish(),
      webhook: publicUrl(webhookPolicy).nullish(),
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
    const { watermark, consent, trackId, webhook, idempotencyKey, reuse, ...images } = parsed.data.input;
    return {
      request: {
        ...images,
        watermark: watermark ?? true,
        ...(trackId != null && { trackId }),
        ...(webhook != null && { webhook }),
        ...(consent === true && { consent }),
      },
      ...(idempotencyKey != null && { idempotencyKey }),
      reuse: reuse ?? 'IN_FLIGHT',
      waitMs: (parsed.data.wait ?? 0) * 1000,
    };
  };
}

/** The same for two requests that would have ModelsLab do the same. SHA-256 as base64url. */
export function fingerprint(request: SwapRequest): string {
  const { consent: _, ...work } = request;
  const fields = Object.entries(work).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}
