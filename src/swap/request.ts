import { z } from 'zod';
import { publicUrl, type UrlPolicy } from '../lib/public-url.js';
import { badUserInput } from './errors.js';
import { type OperationName, operationNames, operations } from './operations/registry.js';
import type { SwapRequest } from './swap.js';

export const reusePolicies = ['NEVER', 'IN_FLIGHT', 'COMPLETED'] as const;
export type ReusePolicy = (typeof reusePolicies)[number];

/** A validated request: what to submit, and how to treat repetitions. */
export interface CreateSwapCommand {
  request: SwapRequest;
  idempotencyKey?: string;
  reuse: ReusePolicy;
  /** How long the response may be held until the swap is finished, milliseconds. */
  waitMs: number;
}

const maxWaitSeconds = 60;
const waitProblem = `must be between 0 and ${maxWaitSeconds} seconds`;
const waitShape = z
  .int(waitProblem)
  .min(0, waitProblem)
  .max(maxWaitSeconds, waitProblem)
  .nullish()
  .transform((seconds) => (seconds ?? 0) * 1000);
const consentMissing = 'must be true: this gateway requires you to confirm that the people shown have agreed';

export type CommandParser = (operation: OperationName, input: unknown, wait: unknown) => CreateSwapCommand;

/** @returns a parser that throws BAD_USER_INPUT naming every invalid field */
export function createCommandParser(
  imagePolicy: UrlPolicy,
  webhookPolicy: UrlPolicy,
  { requireConsent = false } = {},
): CommandParser {
  const imageUrl = publicUrl(imagePolicy);
  const common = {
    consent: requireConsent ? z.literal(true, consentMissing) : z.boolean().nullish(),
    trackId: z.int({ error: 'must be an integer between -(2^53-1) and 2^53-1' }).nullish(),
    webhook: publicUrl(webhookPolicy).nullish(),
    idempotencyKey: z
      .string()
      .min(1, 'must have at least 1 character')
      .max(255, 'must have at most 255 characters')
      .nullish(),
    reuse: z.enum(reusePolicies).nullish(),
  };
  const schemaOf = (operation: OperationName) =>
    z.object({ input: z.object({ ...operations[operation].input(imageUrl), ...common }), wait: waitShape });
  const schemas = Object.fromEntries(operationNames.map((name) => [name, schemaOf(name)])) as Record<
    OperationName,
    ReturnType<typeof schemaOf>
  >;

  return (operation, input, waitSeconds) => {
    const parsed = schemas[operation].safeParse({ input, wait: waitSeconds });
    if (!parsed.success) {
      throw badUserInput(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
    }
    const { consent, trackId, webhook, idempotencyKey, reuse, ...own } = parsed.data.input;
    const request = {
      ...operations[operation].tag,
      ...own,
      ...(trackId != null && { trackId }),
      ...(webhook != null && { webhook }),
      ...(consent === true && { consent }),
    } as SwapRequest;
    return {
      request,
      ...(idempotencyKey != null && { idempotencyKey }),
      reuse: reuse ?? 'IN_FLIGHT',
      waitMs: parsed.data.wait,
    };
  };
}

/** @param wait seconds. @returns milliseconds. @throws BAD_USER_INPUT */
export function parseWait(wait: unknown): number {
  const parsed = waitShape.safeParse(wait);
  if (!parsed.success) throw badUserInput([{ path: 'wait', message: waitProblem }]);
  return parsed.data;
}
