/**
 * Normalizes every body that ModelsLab sends. Lenient: an unreadable field counts as absent, and never costs a client a
 * paid result.
 *
 * Sources: ModelsLab's public reference for Specific Face Swap, its webhook page and its OpenAPI file, which disagree
 * on the type of ids, on `error` or `failed`, and on `message` or `messege`; and bodies reported by users of the API.
 */
import { z } from 'zod';
import type { SwapMeta, SwapOutput } from '../../swap/swap.js';
import { findCutMembers, findJson } from './read-json.js';
import { readMessage } from './read-message.js';
import { readHttpUrl, readPictures } from './read-pictures.js';
import { type ModelsLabStatus, readStatus } from './read-status.js';

/** A normalized body. Times are seconds, as ModelsLab gives them. */
export interface ModelsLabBody {
  status: ModelsLabStatus;
  /** Pictures without an explicit success or error: another response must confirm them. */
  isImplied?: true;
  /** Opaque, at most 128 characters. */
  id?: string;
  trackId?: string;
  etaSeconds?: number;
  retryAfterSeconds?: number;
  /** `fetch_result`: an absolute URL of any origin, or a path. */
  fetchUrl?: string;
  /** Length-limited, one line; empty if there is none. */
  message: string;
  /** Its pictures are meaningful only under `success`. */
  result: SwapOutput;
  /** How it deviates from the documentation, if at all. */
  oddity?: BodyOddity;
}

/**
 * `repaired`: JSON surrounded by something else, or repaired; `wrapped`: in an array or another object; `status`:
 * missing, unknown or implied; `output`: entries that are not URLs, or a success without any.
 */
export type BodyOddity = 'repaired' | 'wrapped' | 'status' | 'output';

const maxIdLength = 128;
const maxWrappings = 4;
const wrapperFields = ['data', 'result', 'results', 'response', 'body', 'payload', 'items', 'output'];
const placeholders = new Set(['', '0', 'null', 'none', 'undefined', 'nan', 'false', '.', '..']);

const number = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .pipe(z.number());
const yesNo = z.union([z.boolean(), z.enum(['yes', 'no']).transform((text) => text === 'yes')]);
const optional = <T extends z.ZodType>(type: T) =>
  type
    .nullish()
    .catch(undefined)
    .transform((value) => value ?? undefined);
const optionalNumber = optional(number);
const optionalText = optional(z.string().transform((text) => readMessage(text).slice(0, 200)));
const meta = z.object({
  seed: optional(number.pipe(z.int())),
  temp: optional(yesNo),
  file_prefix: optionalText,
  model_save_format: optionalText,
  watermark: optional(yesNo),
  watermark_image: z.unknown().optional().transform(readHttpUrl),
});

type Fields = Record<string, unknown>;

/** @returns the normalized body, or undefined if there is no JSON that could be from ModelsLab */
export function readModelsLabText(text: string): ModelsLabBody | undefined {
  const found = findJson(text, isModelsLabs, (value) => rankOf(readModelsLabBody(value)));
  if (!found) return readCutBody(text);
  const body = readModelsLabBody(found.value);
  return body && !found.isExact ? { ...body, oddity: 'repaired' } : body;
}

/** Like `readModelsLabText`, for parsed JSON. */
export function readModelsLabBody(value: unknown): ModelsLabBody | undefined {
  const { fields, isWrapped } = unwrap(value);
  if (!fields || !isModelsLabs(fields)) return undefined;
  const stated = readStatus(fields['status']);
  const isImplied = stated === 'unknown' && impliesSuccess(fields);
  const status = isImplied ? 'success' : stated;
  const pictures = readOutput(fields, status);
  const fetchUrl = readFetchUrl(fields['fetch_result'] ?? fields['fetch_url']);
  const oddity = isImplied ? 'status' : oddityOf(status, isWrapped, pictures);
  return {
    status,
    message: readMessage(
      ...['message', 'messege', 'error', 'errors', 'detail', 'error_message', 'msg'].map(
        (name) => fields[name],
      ),
    ),
    result: readResult(fields, pictures.urls),
    ...withoutUndefined({
      isImplied: isImplied || undefined,
      id: readId(fields['id']) ?? (status === 'processing' ? idOfFetchUrl(fetchUrl) : undefined),
      trackId: readId(fields['track_id']),
      etaSeconds: optionalNumber.parse(fields['eta']),
      retryAfterSeconds: readSeconds(fields['retry_after'] ?? fields['retryAfter'] ?? fields['retry-after']),
      fetchUrl,
      oddity,
    }),
  };
}

/** A truncated body may still hold the id of an accepted submission, whose result can be fetched, but nothing final. */
function readCutBody(text: string): ModelsLabBody | undefined {
  const body = readModelsLabBody(findCutMembers(text));
  const isUsable = body?.id !== undefined && !['failed', 'error'].includes(body.status);
  return isUsable ? { ...body, result: { output: [], proxyLinks: [] }, oddity: 'repaired' } : undefined;
}

/** Ranks several bodies in one response: finished before in progress, and any status before none. */
function rankOf(body: ModelsLabBody | undefined): number {
  if (!body || body.status === 'unknown') return body?.id === undefined ? 0 : 1;
  return body.status === 'success' && body.result.output.length > 0 ? 3 : 2;
}

const ownFields = [
  'status',
  'id',
  'output',
  'message',
  'messege',
  'fetch_result',
  'future_links',
  'errors',
  'error',
  'retry_after',
];

function isModelsLabs(value: object): boolean {
  const { fields } = unwrap(value);
  return fields !== undefined && ownFields.some((name) => isPresent(fields, name));
}

/** Unwraps lists and envelopes. Envelope fields apply where the content lacks them. */
function unwrap(value: unknown): { fields: Fields | undefined; isWrapped: boolean } {
  let outer: Fields = {};
  let current = value;
  for (let level = 0; level <= maxWrappings; level++) {
    if (Array.isArray(current)) {
      current = (current as unknown[]).find((item) => typeof item === 'object' && item !== null);
      continue;
    }
    if (typeof current !== 'object' || current === null) break;
    outer = level === 0 ? (current as Fields) : merge(outer, current as Fields);
    if (isPresent(outer, 'id') && readStatus(outer['status']) !== 'unknown') break;
    current = wrapperFields
      .map((name) => (Object.hasOwn(outer, name) ? outer[name] : undefined))
      .find((inner) => isEnvelopeContent(inner) && inner !== current);
    if (current === undefined) break;
  }
  const isObject = Object.keys(outer).length > 0;
  return { fields: isObject ? outer : undefined, isWrapped: outer !== value };
}

function isEnvelopeContent(value: unknown, level = 1): boolean {
  const content: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof content !== 'object' || content === null || level > maxWrappings) return false;
  const fields = content as Fields;
  return (
    ['status', 'id', 'output'].some((name) => isPresent(fields, name)) ||
    wrapperFields.some((name) => Object.hasOwn(fields, name) && isEnvelopeContent(fields[name], level + 1))
  );
}

/** The content's status overrides a "success" or 200 of the envelope, but not an error. */
function merge(outer: Fields, inner: Fields): Fields {
  const merged: Fields = Object.assign(Object.create(null) as Fields, outer);
  for (const name of Object.keys(inner)) if (isPresent(inner, name)) merged[name] = inner[name];
  const isFailure = ['failed', 'error'].includes(readStatus(outer['status']));
  if (isFailure || readStatus(inner['status']) === 'unknown')
    merged['status'] = outer['status'] ?? inner['status'];
  for (const name of wrapperFields) if (outer[name] === inner[name]) delete merged[name];
  return merged;
}

function isPresent(fields: Fields, name: string): boolean {
  return Object.hasOwn(fields, name) && fields[name] !== null && fields[name] !== undefined;
}

/** Pictures and no error, but no status word: a status of another type is a code or a flag. */
function impliesSuccess(fields: Fields): boolean {
  const { status } = { status: undefined, ...fields };
  const isNone = status === undefined || status === null || status === '';
  const isGood = status === true || (typeof status === 'number' && status >= 200 && status < 300);
  const hasError = ['error', 'errors'].some((name) => isPresent(fields, name) && fields[name] !== false);
  return (isNone || isGood) && !hasError && readPictures(fields['output']).urls.length > 0;
}

/** An absolute URL, or a path relative to the base URL's origin. */
function readFetchUrl(value: unknown): string | undefined {
  const isPath = typeof value === 'string' && /^\s*\/(?!\/)[!-~]{1,2048}\s*$/.test(value);
  return isPath ? value.trim() : readHttpUrl(value);
}

function readId(value: unknown): string | undefined {
  if (typeof value === 'number' ? !Number.isFinite(value) : typeof value !== 'string') return undefined;
  const id = String(value).trim();
  const isUsable =
    id.length <= maxIdLength &&
    !placeholders.has(id.toLowerCase()) &&
    !/\p{Cc}/u.test(id) &&
    id.isWellFormed();
  return isUsable ? id : undefined;
}

function idOfFetchUrl(url: string | undefined): string | undefined {
  const [, encoded] = /\/fetch\/([^/?#]+)\/?(?:[?#]|$)/.exec(url ?? '') ?? [];
  try {
    return encoded === undefined ? undefined : readId(decodeURIComponent(encoded));
  } catch {
    return undefined;
  }
}

/** Seconds, from a number or from text such as `30`, `30s` and `2 minutes`. */
function readSeconds(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const [, amount, unit = 's'] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\.?\s*$/i.exec(value.slice(0, 50)) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * (/^ms|^milli/i.test(unit) ? 0.001 : /^m/i.test(unit) ? 60 : 1);
}

interface ReadOutput {
  urls: string[];
  isOdd: boolean;
}

/** Fields searched when `output` has no pictures; the second list only under `success`. */
const otherOutputs = ['proxy_links'];
const successOutputs = [
  'future_links',
  'images',
  'links',
  'link',
  'url',
  'urls',
  'outputs',
  'output_url',
  'output_urls',
  'image_url',
  'image_urls',
  'result',
  'results',
  'data',
];

function readOutput(fields: Fields, status: ModelsLabStatus): ReadOutput {
  const read = readPictures(fields['output']);
  if (read.urls.length > 0) return { urls: read.urls, isOdd: read.isPartial };
  for (const name of [...otherOutputs, ...(status === 'success' ? successOutputs : [])]) {
    const { urls } = Object.hasOwn(fields, name) ? readPictures(fields[name]) : { urls: [] };
    if (urls.length > 0) return { urls, isOdd: true };
  }
  return { urls: [], isOdd: read.isPartial && status === 'success' };
}

function oddityOf(status: ModelsLabStatus, isWrapped: boolean, pictures: ReadOutput): BodyOddity | undefined {
  if (status === 'unknown') return 'status';
  if (pictures.isOdd || (status === 'success' && pictures.urls.length === 0)) return 'output';
  return isWrapped ? 'wrapped' : undefined;
}

function readResult(fields: Fields, output: string[]): SwapOutput {
  const read = meta.safeParse(fields['meta']).data;
  const readMeta: SwapMeta | undefined =
    read &&
    withoutUndefined({
      seed: read.seed,
      temporary: read.temp,
      filePrefix: read.file_prefix,
      modelSaveFormat: read.model_save_format,
      watermark: read.watermark,
      watermarkImage: read.watermark_image,
    });
  return {
    output,
    proxyLinks: readPictures(fields['proxy_links']).urls,
    ...withoutUndefined({ generationTime: optionalNumber.parse(fields['generationTime']), meta: readMeta }),
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<
    Defined<T>
  >;
}
