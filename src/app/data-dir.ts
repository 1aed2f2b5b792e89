import { chmodSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { secretNames } from '../backends/backend.js';
import type { SwapLog } from '../swap/ports.js';

/**
 * Names of files and folders that a gateway creates in its data directory. Anything else there is left alone, since DATA_DIR may
 * also be used for other things.
 */
const ownNames = new RegExp(
  `^(?:gateway\\.sqlite|${secretNames.join('|')}|erasures\\.jsonl|uploads$|incoming$|results$)`,
);
const sticky = 0o1000;

/**
 * Restricts the data directory, and what earlier versions created in it, to this user: 0700 for folders, 0600 for files. New ones are
 * created with these modes. Never throws: a mode that this user may not change, such as on a volume that belongs to root, is logged.
 * Does nothing if the directory does not exist yet.
 */
export function protectDataDir(dataDir: string, log: SwapLog): void {
  const failed: string[] = [];
  const protect = (path: string, mode: number, allowed: number): void => {
    if ((mode & 0o777 & ~allowed) === 0) return;
    try {
      chmodSync(path, mode & allowed);
    } catch {
      failed.push(path);
    }
  };
  const protectTree = (path: string): void => {
    const { mode, isLink, isFolder } = factsOf(path);
    if (isLink || mode === undefined) return;
    protect(path, mode, isFolder ? 0o7700 : 0o600);
    if (isFolder) for (const name of entriesOf(path)) protectTree(join(path, name));
  };

  const mode = statSync(dataDir, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return;
  // A shared directory such as /tmp.
  if ((mode & sticky) === 0) protect(dataDir, mode, 0o7700);
  else failed.push(dataDir);
  for (const name of entriesOf(dataDir)) if (ownNames.test(name)) protectTree(join(dataDir, name));
  if (failed.length > 0)
    log.warn(
      { paths: failed.slice(0, 5), count: failed.length },
      'other users of this machine can read files of DATA_DIR; change their modes to 0700 and 0600',
    );
}

function factsOf(path: string): { mode?: number; isLink?: boolean; isFolder?: boolean } {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts ? { mode: facts.mode, isLink: facts.isSymbolicLink(), isFolder: facts.isDirectory() } : {};
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
