import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A swap as the gateway returned it. */
export type SwapRecord = Record<string, unknown> & { id: string };

/** The gateway's responses for each of its swaps, from the file named by the bench. */
export function readRecords(): Map<string, SwapRecord> {
  const path = process.env['BENCH_RECORDS'];
  if (!path) throw new Error('BENCH_RECORDS: names the file with the records');
  const records = JSON.parse(readFileSync(path, 'utf8')) as SwapRecord[];
  return new Map(records.map((record) => [record.id, record]));
}

/** The gateway's own schema. */
export const typeDefs: string = readFileSync(
  join(import.meta.dirname, '../../schema/schema.graphql'),
  'utf8',
);

/** One resolver; graphql-js reads everything below it from the record. */
export function createResolvers(records: ReadonlyMap<string, SwapRecord>): {
  Query: { swapResult(root: unknown, args: { id: string }): SwapRecord | null };
} {
  return { Query: { swapResult: (_root, { id }) => records.get(id) ?? null } };
}

/** The request that clients send. */
export interface ReadRequest {
  query: string;
  variables: { id: string };
}
