/**
 * Every body that ModelsLab sends, in both of its dialects, read into one form.
 *
 * Source: ModelsLab's public reference for Specific Face Swap, its webhook page and its OpenAPI file, which disagree on
 * the type of ids, on `error` or `failed`, and on `message` or `messege`.
 */
import { z } from 'zod';
import type { SwapMeta, SwapOutput } from '../swap/swap.js';

/** A body that was understood. Times are seconds, as ModelsLab gives them. */
export type ModelsLabBody =
  | { status: 'success'; id?: string; trackId?: number; result: SwapOutput }
  | { status: 'processing'; id?: string; trackId?: number; etaSeconds?: number }
  | { status: 'error'; id?: string; trackId?: number; message: string; retryAfterSeconds?: number };

const maxOutputs = 100;
const maxMessageLength = 500;

const id = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,19}$/)]).transform(String);
const number = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .pipe(z.number());
const integer = number.pipe(z.int());
const yesNo = z.union([z.boolean(), z.enum(['yes', 'no']).transform((text) => text === 'yes')]);
const httpUrl = z
  .string()
  .max(2048)
  .refine((text) => /^https?:\/\//i.test(text.trim()) && URL.canParse(text))
  .transform((text) => text.trim());
const urls = z.array(httpUrl).max(maxOutputs);
/** A field that is there but cannot be read is as good as absent: it must not cost the client a result that was paid. */
const lenient = <T extends z.ZodType>(type: T) =>
  type
    .nullish()
    .catch(undefined)
    .transform((value) => value ?? undefined);

const meta = z.object({
  seed: lenient(integer),
  temp: lenient(yesNo),
  file_prefix: lenient(z.string()),
  model_save_format: lenient(z.string()),
  watermark: lenient(yesNo),
  watermark_image: lenient(httpUrl),
});

const common = { id: lenient(id), track_id: lenient(integer) };

const success = z.object({
  ...common,
  status: z.literal('success'),
  generationTime: lenient(number),
  output: urls.catch([]),
  proxy_links: urls.catch([]),
  meta: lenient(meta),
});
const processing = z.object({ ...common, status: z.literal('processing'), eta: lenient(number) });
const error = z.object({
  ...common,
  status: z.enum(['error', 'failed']),
  message: lenient(z.unknown()),
  messege: lenient(z.unknown()),
  retry_after: lenient(number),
});
const body = z.discriminatedUnion('status', [success, processing, error]);

/** @returns the body in one form, or undefined for one that is in neither dialect */
export function readModelsLabBody(value: unknown): ModelsLabBody | undefined {
  const parsed = body.safeParse(value);
  if (!parsed.success) return undefined;
  const read = parsed.data;
  const facts = withoutUndefined({ id: read.id, trackId: read.track_id });
  switch (read.status) {
    case 'success':
      return { ...facts, status: 'success', result: readResult(read) };
    case 'processing':
      return { ...facts, status: 'processing', ...withoutUndefined({ etaSeconds: read.eta }) };
    default:
      return {
        ...facts,
        status: 'error',
        message: readMessage(read.message ?? read.messege),
        ...withoutUndefined({ retryAfterSeconds: read.retry_after }),
      };
  }
}

function readResult({ output, proxy_links, generationTime, meta }: z.infer<typeof success>): SwapOutput {
  const readMeta: SwapMeta | undefined =
    meta &&
    withoutUndefined({
      seed: meta.seed,
      temporary: meta.temp,
      filePrefix: meta.file_prefix,
      modelSaveFormat: meta.model_save_format,
      watermark: meta.watermark,
      watermarkImage: meta.watermark_image,
    });
  return { output, proxyLinks: proxy_links, ...withoutUndefined({ generationTime, meta: readMeta }) };
}

/** Text, bounded, in one line: validation messages may come as objects of lists. */
function readMessage(message: unknown): string {
  const text = typeof message === 'string' ? message : message === undefined ? '' : JSON.stringify(message);
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, maxMessageLength);
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<
    Defined<T>
  >;
}
