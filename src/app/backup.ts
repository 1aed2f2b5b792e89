import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Backend, BackupReport } from '../backends/backend.js';

export interface OpenedBackup extends Omit<BackupReport, 'file'> {
  /** Yields `bytes` bytes. It must be read to its end or destroyed. */
  stream: Readable;
}

/**
 * Makes a backup in a directory and opens it; it has no name any more, so nothing is left behind when the process ends.
 * @throws Error with a message for the operator
 */
export async function openBackup(
  backUp: NonNullable<Backend['backUp']>,
  directory: string,
): Promise<OpenedBackup> {
  const path = join(directory, `.backup-${randomUUID()}`);
  const { file, ...report } = await backUp(path);
  const handle = await open(file);
  try {
    await rm(file);
    return { ...report, stream: handle.createReadStream() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
