import { z } from 'zod';
import { archiveRecord, type SwapArchive } from './files.js';
import { requestRecord } from './operations/registry.js';
import { type LateResult, type Swap, swapFailureCodes } from './swap.js';

/**
 * Version of newly written records; a record without one has version 1. Increased only when an older gateway could misread a newer
 * record. New optional fields need no new version: unknown fields are preserved.
 */
export const recordVersion = 1;

/** A stored record that this gateway cannot read. The swap exists, so it must not be treated as absent. */
export class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError';
}

/** Whether a store failed because of a single record, so others are still readable. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof UnreadableRecordError || (error instanceof Error && isUnreadable(error.cause));
}

const time = z.number();
const facts = {
  id: z.string(),
  client: z.string(),
  request: requestRecord,
  modelsLabId: z.string().optional(),
  createdAt: time,
  updatedAt: time,
};
const result = z.looseObject({
  output: z.array(z.string()),
  proxyLinks: z.array(z.string()),
  generationTime: z.number().optional(),
  meta: z.looseObject({}).optional(),
  files: z.looseObject({ token: z.string() }).optional(),
});
const error = z.looseObject({ code: z.string(), message: z.string(), retryable: z.boolean() });
const record = z.discriminatedUnion('status', [
  z.looseObject({ ...facts, status: z.literal('QUEUED'), submittingSince: time.optional() }),
  z.looseObject({
    ...facts,
    status: z.literal('PROCESSING'),
    submittedAt: time,
    estimatedCompletionAt: time.optional(),
  }),
  z.looseObject({
    ...facts,
    status: z.enum(['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']),
    result: result.optional(),
    error: error.optional(),
    completedAt: time,
    expiresAt: time,
    erasedAt: time.optional(),
  }),
]);
const lateRecord = z.looseObject({ result, modelsLabId: z.string().optional(), receivedAt: time });
const versionOf = z.looseObject({ version: z.int().min(1).optional() });

/** The stored form of a swap, of a late result, or of an archive. */
export function writeRecord<T extends Swap | LateResult | SwapArchive>(record: T): T & { version: number } {
  return { ...record, version: recordVersion };
}

/**
 * Parses a stored record, preserving fields unknown to this version.
 *
 * @param id the id under which the record is stored
 * @throws UnreadableRecordError for a newer version, another swap's record, or malformed data
 */
export function readRecord(id: string, stored: unknown): Swap {
  const swap = withoutVersion(id, stored);
  const parsed = record.safeParse(swap);
  if (!parsed.success) {
    // Without values: they are client data.
    const paths = parsed.error.issues.map(({ path }) => path.join('.') || 'status');
    throw unreadable(id, `invalid or missing: ${[...new Set(paths)].join(', ')}`);
  }
  if (parsed.data.id !== id) throw unreadable(id, 'it is the record of another swap');
  return withKnownErrorCode(swap as unknown as Swap);
}

/**
 * Parses the late result stored under a swap's id.
 *
 * @throws UnreadableRecordError for a newer version or malformed data
 */
export function readLateRecord(id: string, stored: unknown): LateResult {
  const late = withoutVersion(id, stored);
  if (!lateRecord.safeParse(late).success) throw unreadable(id, 'its late result is malformed');
  return late as unknown as LateResult;
}

/**
 * Parses what is stored about the archived files of a swap.
 *
 * @throws UnreadableRecordError for a newer version or malformed data
 */
export function readArchiveRecord(id: string, stored: unknown): SwapArchive {
  const archive = withoutVersion(id, stored);
  if (!archiveRecord.safeParse(archive).success) throw unreadable(id, 'its archive record is malformed');
  return archive as unknown as SwapArchive;
}

/** @throws UnreadableRecordError for a newer version */
function withoutVersion(id: string, stored: unknown): Record<string, unknown> {
  const { data: versioned } = versionOf.safeParse(stored);
  if (!versioned) throw unreadable(id, 'it is not a record');
  const { version = 1, ...fields } = versioned;
  if (version > recordVersion)
    throw unreadable(
      id,
      `version ${version} is newer than ${recordVersion}, the newest that this gateway reads`,
    );
  return fields;
}

/** A newer gateway running alongside may write unknown error codes; they are mapped to the nearest known one. */
function withKnownErrorCode(swap: Swap): Swap {
  if (!('error' in swap) || !swap.error || swapFailureCodes.some((code) => code === swap.error?.code))
    return swap;
  return { ...swap, error: { ...swap.error, code: 'UPSTREAM_FAILED' } };
}

function unreadable(id: string, reason: string): UnreadableRecordError {
  return new UnreadableRecordError(`the stored record of swap ${id} cannot be read: ${reason}`);
}
