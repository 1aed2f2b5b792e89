/** Primary result codes of SQLite that an operator can act on. */
const busy = 5;
const locked = 6;
const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const notADatabase = 26;

/** The database is unusable; the message is for the operator and names the file, the problem and the remedy. */
export class DatabaseTrouble extends Error {
  override readonly name = 'DatabaseTrouble';
}

export const isInUse = (error: unknown): boolean => [busy, locked].includes(primaryCode(error) ?? -1);

/** Turns an SQLite error into one that names the problem with this file and the remedy; returns other errors unchanged. */
export function explainSqliteError(error: unknown, path: string): unknown {
  if (error instanceof DatabaseTrouble) return error;
  const explain = (trouble: string): DatabaseTrouble =>
    new DatabaseTrouble(`${path} ${trouble}`, { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  switch (primaryCode(error)) {
    case corrupt:
    case notADatabase:
      return damaged(path, message, error);
    case full:
      return explain(
        `cannot grow (${message}): the disk is full; free some space, and the gateway continues by itself`,
      );
    case ioError:
      return explain(
        `cannot be read or written (${message}): check the disk and its quota; the gateway continues by itself once they work`,
      );
    case readOnly:
      return explain(
        `cannot be written (${message}): check the owner and the mode of the file and its directory`,
      );
    default:
      return error;
  }
}

export const damaged = (path: string, damage: string, cause?: unknown): DatabaseTrouble =>
  new DatabaseTrouble(
    `${path} is damaged (${damage}): stop the gateway, keep a copy of the file with its -wal, then restore the newest ` +
      `backup or rebuild it with "sqlite3 ${path} .recover"; see "Damaged database" in docs/operations/backups.md`,
    { cause },
  );

function primaryCode(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  // The upper bits hold the extended result code.
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}
