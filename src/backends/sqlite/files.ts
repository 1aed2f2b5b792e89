import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';

/** Detects files that were deleted or replaced since the start. */
export interface FileIdentity {
  /** @returns the path of the first file that was deleted or replaced; undefined if all are in place */
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

/** Makes new and renamed files of a folder survive a power cut. */
export function syncFolder(folder: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
  } catch {
    // Some systems cannot open or sync a directory; there is nothing more to do.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
