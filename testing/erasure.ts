import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestGateway } from './start-gateway.js';

export interface SeenErasure {
  id: string;
  erasedAt: string;
  parts: { what: string; state: string; reason: string | null }[];
}

export const eraseMutation = `mutation ($id: ID!) {
  eraseSwap(id: $id) { id erasedAt parts { what state reason } }
}`;

/** @throws Error with the code of a GraphQL error */
export async function eraseSwap(
  { graphql }: Pick<TestGateway, 'graphql'>,
  id: string,
  headers: Record<string, string> = {},
): Promise<SeenErasure> {
  const { data, errors } = await graphql(eraseMutation, { id }, headers);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['eraseSwap'] as SeenErasure;
}

/** State of each part, by name. */
export const statesOf = ({ parts }: SeenErasure): Record<string, string> =>
  Object.fromEntries(parts.map(({ what, state }) => [what, state]));

/** A sequence in the middle of a picture that no other picture has. */
export const excerptOf = (picture: Buffer): Buffer => {
  const middle = Math.floor(picture.length / 2);
  return picture.subarray(middle, middle + 32);
};

/**
 * Where any of the byte sequences is in the files below a folder.
 * @returns `FILE: NAME` of each
 */
export function findBytes(folder: string, sequences: Record<string, Buffer | string>): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name);
    if (!statSync(path).isFile()) return [];
    const content = readFileSync(path);
    return Object.entries(sequences)
      .filter(([, sequence]) => content.includes(sequence))
      .map(([what]) => `${name}: ${what}`);
  });
}
