import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A swap as the gateway answered it. */
export type SwapRecord = Record<string, unknown> & { id: string };

/** What the gateway answered to the reading of each of its swaps, in the file named by the bench. */
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

/** One resolver; whatever is below it is read off the record by graphql-js itself. */
export function createResolvers(records: ReadonlyMap<string, SwapRecord>): {
  Query: { swapResult(root: unknown, args: { id: string }): SwapRecord | null };
} {
  return { Query: { swapResult: (_root, { id }) => records.get(id) ?? null } };
}

/** What clients send. */
export interface ReadRequest {
  query: string;
  variables: { id: string };
}
