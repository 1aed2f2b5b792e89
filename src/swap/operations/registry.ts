import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Operation } from './operation.js';
import { type SingleFaceSwapRequest, single } from './single.js';

/** A client's parsed request. Discriminated by `operation`; absent means `single`. */
export type SwapRequest = SingleFaceSwapRequest;

export type OperationName = NonNullable<SwapRequest['operation']>;

export const operations: Record<OperationName, Operation<SwapRequest>> = { single };

export const operationNames = Object.keys(operations) as OperationName[];

/** Parses the request in a stored record. An operation known only to a newer gateway makes the record unreadable. */
export const requestRecord = z.union(Object.values(operations).map(({ record }) => record));

export const operationOf = ({ operation = 'single' }: SwapRequest): OperationName => operation;

/** See `Operation.pictures`. */
export const picturesOf = (request: SwapRequest): string[] =>
  operations[operationOf(request)].pictures(request);

/** See `Operation.erased`. */
export const erasedRequestOf = (request: SwapRequest, placeholder: string): SwapRequest =>
  operations[operationOf(request)].erased(request, placeholder);

/** What a swap is made of, in a canonical form: the operation and its own fields. It must never change for the same input. */
export function inputsOf(request: SwapRequest): string {
  const { operation: _, consent: __, trackId: ___, webhook: ____, ...inputs } = request;
  const sorted = Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([operationOf(request), ...sorted]);
}

/**
 * Equal for two requests for the same work. SHA-256 as base64url. Stored with claims, so it must never change for the
 * same input: a field that an older client does not send must be absent or undefined, without a default.
 */
export function fingerprint(request: SwapRequest): string {
  const { operation: _, consent: __, ...work } = request;
  const fields = Object.entries({ ...operations[operationOf(request)].tag, ...work });
  const sent = fields.filter(([, value]) => value !== undefined);
  const sorted = sent.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url');
}
