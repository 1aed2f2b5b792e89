import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface BackupDownload {
  stream: Readable;
  bytes: number;
  swaps: number;
  openSwaps: number;
  takenAt: number;
}

/**
 * Responds to `POST /backup` of the admin server, after its authentication, with the backup's bytes. `x-backup` describes them as JSON.
 * The response ends early if the backup cannot be read, which the client notices by its length.
 *
 * @param openBackup undefined: the store has means of its own; 404
 */
export async function respondWithBackup(
  response: ServerResponse,
  openBackup: (() => Promise<BackupDownload>) | undefined,
): Promise<void> {
  if (!openBackup) {
    response.writeHead(404, { 'content-type': 'text/plain' });
    response.end('Redis is backed up by its own means; see docs/operations.md\n');
    return;
  }
  let backup: BackupDownload;
  try {
    backup = await openBackup();
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' });
    response.end(`${error instanceof Error ? error.message : error}\n`);
    return;
  }
  const { stream, bytes, ...facts } = backup;
  response.writeHead(200, {
    'content-type': 'application/vnd.sqlite3',
    'content-length': bytes,
    'cache-control': 'no-store',
    'x-backup': JSON.stringify(facts),
  });
  await pipeline(stream, response).catch(() => response.destroy());
}
