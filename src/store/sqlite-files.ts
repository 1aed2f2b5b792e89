import { statSync } from 'node:fs';

/** Tells whether files are still those that were there at the beginning. */
export interface FileIdentity {
  /** @returns the path of the first that was deleted or replaced by another, undefined while all are in their places */
  findMissing(): string | undefined;
}

export function createFileIdentity(paths: readonly string[]): FileIdentity {
  const known = paths.map((path) => ({ path, identity: identify(path) }));
  return {
    findMissing: () => known.find(({ path, identity }) => identify(path) !== identity)?.path,
  };
}

function identify(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
