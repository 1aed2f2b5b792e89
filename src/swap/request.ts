import { z } from 'zod';
import { publicUrl, type UrlPolicy } from '../lib/public-url.js';
import type { ClientRules } from './client-rules.js';
import { badUserInput } from './errors.js';
import { type OperationName, operations, picturesOf } from './operations/registry.js';
import type { SwapRequest } from './swap.js';

export const reusePolicies = ['NEVER', 'IN_FLIGHT', 'COMPLETED'] as const;
export type ReusePolicy = (typeof reusePolicies)[number];

/** A validated request: what to submit, and how to treat repetitions. */
export interface CreateSwapCommand {
  request: SwapRequest;
  idempotencyKey?: string;
  reuse: ReusePolicy;
  /** The client confirmed that the people shown agreed. */
  consent?: { statement?: string };
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
/** Longer than any version of a text, and room for a sentence or two. */
const maxStatementLength = 500;
const consentMissing = 'must be true: this gateway requires you to confirm that the people shown have agreed';
const watermarkMissing = 'must not be false: this client may not request pictures without a watermark';

/** @param client whose rules apply */
export type CommandParser = (
  operation: OperationName,
  input: unknown,
  wait: unknown,
  client: string,
) => CreateSwapCommand;

type InputRules = Pick<ClientRules, 'requiresConsent' | 'requiresWatermark'>;
const noRules: InputRules = { requiresConsent: false, requiresWatermark: false };

/**
 * @param isDrawn whether a picture shows no real person; a swap of such pictures alone needs no consent
 * @returns a parser that throws BAD_USER_INPUT naming every invalid field
 */
export function createCommandParser(
  imagePolicy: UrlPolicy,
  webhookPolicy: UrlPolicy,
  rulesOf: (client: string) => InputRules = () => noRules,
  isDrawn: (url: string) => boolean = () => false,
): CommandParser {
  const imageUrl = publicUrl(imagePolicy);
  const common = {
    consentStatement: z
      .string()
      .min(1, 'must have at least 1 character')
      .max(maxStatementLength, `must have at most ${maxStatementLength} characters`)
      .nullish(),
    trackId: z.int({ error: 'must be an integer between -(2^53-1) and 2^53-1' }).nullish(),
    webhook: publicUrl(webhookPolicy).nullish(),
    idempotencyKey: z
      .string()
      .min(1, 'must have at least 1 character')
      .max(255, 'must have at most 255 characters')
      .nullish(),
    reuse: z.enum(reusePolicies).nullish(),
  };
  const createSchema = (operation: OperationName, { requiresConsent, requiresWatermark }: InputRules) => {
    const own = operations[operation].input(imageUrl);
    const watermark = requiresWatermark
      ? own.watermark.refine((isMarked) => isMarked, watermarkMissing)
      : own.watermark;
    const consent = requiresConsent ? z.literal(true, consentMissing) : z.boolean().nullish();
    return z.object({ input: z.object({ ...own, watermark, consent, ...common }), wait: waitShape });
  };
  const schemas = new Map<string, ReturnType<typeof createSchema>>();
  /** Created once for each combination of rules. */
  const schemaOf = (operation: OperationName, rules: InputRules) => {
    const key = `${operation} ${rules.requiresConsent} ${rules.requiresWatermark}`;
    const schema = schemas.get(key) ?? createSchema(operation, rules);
    schemas.set(key, schema);
    return schema;
  };

  const parse = (operation: OperationName, rules: InputRules, fields: { input: unknown; wait: unknown }) => {
    const parsed = schemaOf(operation, rules).safeParse(fields);
    if (parsed.success || !rules.requiresConsent) return parsed;
    const lenient = schemaOf(operation, { ...rules, requiresConsent: false }).safeParse(fields);
    const isExempt = lenient.success && picturesOf(lenient.data.input as SwapRequest).every(isDrawn);
    return isExempt ? lenient : parsed;
  };

  return (operation, input, waitSeconds, client) => {
    const parsed = parse(operation, rulesOf(client), { input, wait: waitSeconds });
    if (!parsed.success) {
      throw badUserInput(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
    }
    const { consent, consentStatement, trackId, webhook, idempotencyKey, reuse, ...own } = parsed.data.input;
    if (consentStatement != null && consent !== true)
      throw badUserInput([{ path: 'input.consentStatement', message: 'requires consent: true' }]);
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
      ...(consent === true && {
        consent: { ...(consentStatement != null && { statement: consentStatement }) },
      }),
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
