import {
  closeSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { KeysError } from './edits.js';

/**
 * Replaces a file at once: readers see the old text or the new one, also after a power cut. The file gets mode 0600 and keeps its
 * owner. One replacement at a time: the temporary file next to it is also the lock.
 *
 * @param edit the new text; called while the lock is held, with the path behind symbolic links
 * @throws KeysError while another replacement is in progress or was interrupted; the errors of `edit`
 */
export function replaceFile(path: string, edit: (target: string) => string): void {
  const target = realPathOf(path);
  const temporary = `${target}.new`;
  const file = lock(temporary);
  try {
    try {
      writeFileSync(file, edit(target));
      keepOwner(file, target);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(target));
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path;
    throw error;
  }
}

function lock(temporary: string): number {
  try {
    return openSync(temporary, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new KeysError(`${temporary} exists: another change is in progress; if not, remove it`);
  }
}

/** Otherwise the gateway, which may run as another user, could no longer read the file. */
function keepOwner(file: number, target: string): void {
  const owner = statSync(target, { throwIfNoEntry: false });
  if (owner) fchownSync(file, owner.uid, owner.gid);
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
