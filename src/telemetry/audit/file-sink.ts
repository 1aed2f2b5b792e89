import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.js';
import type { SwapLog } from '../../swap/ports.js';
import type { AuditSink } from './audit-sink.js';

export interface FileSinkOptions {
  path: string;
  clock: Pick<Clock, 'now' | 'sleep'>;
  log: SwapLog;
  /** Limit on lines that wait, in characters. */
  maxWaiting?: number;
  /** Opens the file for appending; replaced in tests. */
  openFile?(path: string): Promise<AppendedFile>;
}

export interface AppendedFile {
  write(bytes: Buffer, from: number): Promise<{ bytesWritten: number }>;
  close(): Promise<void>;
}

const defaultMaxWaiting = 1024 * 1024;
const retryMs = 1000;
const closeMs = 1000;
/** Readable by this user only. */
const mode = 0o600;
/** The file is fine, and writing to it continues where it stopped once there is room. */
const noRoomCodes = ['ENOSPC', 'EDQUOT'];

/**
 * Appends lines to a file that only this user can read. While writing fails, as on a full disk, lines wait up to a limit and are
 * retried every second; further ones are lost, which the first line after it says. Writes are not synced.
 *
 * @throws Error with a message for the operator if the file cannot be opened
 */
export async function openFileSink(options: FileSinkOptions): Promise<AuditSink> {
  const { path, clock, log, maxWaiting = defaultMaxWaiting, openFile = openAppending } = options;
  let file = await openFile(path).catch((error: unknown) => {
    throw new Error(`AUDIT_LOG: cannot open ${path}: ${reasonOf(error)}`);
  });
  const closing = new AbortController();
  const waiting: string[] = [];
  let waitingLength = 0;
  /** What is being written. */
  let buffer = Buffer.alloc(0);
  let written = 0;
  let lost = 0;
  let lostSinceNotice = 0;
  /** After a rotation the open file still works; after a failure it may not. */
  let mustReopen: 'rotated' | 'failed' | undefined;
  let isFailing = false;
  let writing: Promise<void> | undefined;

  const lineOf = (fields: object): string => `${JSON.stringify(fields)}\n`;

  function takeWaiting(): void {
    if (lostSinceNotice > 0)
      waiting.push(
        lineOf({ time: new Date(clock.now()).toISOString(), event: 'audit.lost', lines: lostSinceNotice }),
      );
    lostSinceNotice = 0;
    buffer = Buffer.from(waiting.splice(0).join(''));
    waitingLength = 0;
    written = 0;
  }

  /** After a partly written line, the rest of the buffer starts with that line again, on a line of its own. */
  async function reopen(): Promise<void> {
    const reason = mustReopen;
    mustReopen = undefined;
    let next: AppendedFile;
    try {
      next = await openFile(path);
    } catch (error) {
      if (reason === 'failed') throw error;
      log.error(
        { path, err: error },
        'cannot open the audit log again; its lines still go to the file that was open',
      );
      return;
    }
    const previous = file;
    file = next;
    await previous.close().catch(() => undefined);
    if (written === 0) return;
    const startOfLine = buffer.lastIndexOf('\n', written - 1) + 1;
    const isPartial = startOfLine < written;
    buffer = Buffer.concat([Buffer.from(isPartial ? '\n' : ''), buffer.subarray(startOfLine)]);
    written = 0;
  }

  async function writeAll(): Promise<void> {
    if (mustReopen) await reopen();
    while (written < buffer.length || waiting.length > 0 || lostSinceNotice > 0) {
      if (written === buffer.length) takeWaiting();
      const { bytesWritten } = await file.write(buffer, written);
      written += bytesWritten;
      // A rotation takes effect between two lines.
      if (mustReopen && written === buffer.length) await reopen();
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await writeAll();
        if (isFailing) log.info({ path, lost }, 'the audit log can be written again');
        isFailing = false;
        return;
      } catch (error) {
        if (!isFailing)
          log.error({ path, err: error }, 'cannot write the audit log; its lines wait in memory');
        isFailing = true;
        if (!noRoomCodes.includes(String((error as NodeJS.ErrnoException).code))) mustReopen ??= 'failed';
        await clock.sleep(retryMs, closing.signal);
      }
    }
  }

  function start(): void {
    writing ??= run().finally(() => {
      writing = undefined;
      // Something may have arrived since the last check.
      if (!closing.signal.aborted && (waiting.length > 0 || mustReopen)) start();
    });
  }

  return {
    write(fields) {
      const line = lineOf(fields);
      if (closing.signal.aborted || waitingLength + buffer.length - written + line.length > maxWaiting) {
        lost += 1;
        lostSinceNotice += 1;
        return;
      }
      waiting.push(line);
      waitingLength += line.length;
      start();
    },
    reopen() {
      mustReopen ??= 'rotated';
      start();
    },
    lost: () => lost,
    async close() {
      if (closing.signal.aborted) return;
      const timeUp = new AbortController();
      if (writing) await Promise.race([writing, clock.sleep(closeMs, timeUp.signal)]);
      timeUp.abort();
      closing.abort();
      const rest = buffer.subarray(written).toString() + waiting.join('');
      lost += rest.split('\n').length - 1;
      // Not awaited: it would wait for a write that is stuck.
      file.close().catch(() => undefined);
    },
  };
}

async function openAppending(path: string): Promise<FileHandle> {
  const found = await stat(path).catch(() => undefined);
  // Opening a pipe would wait for its reader.
  if (found && !found.isFile() && !found.isCharacterDevice()) throw new Error('it is not a file');
  const file = await open(path, 'a', mode);
  try {
    const facts = await file.stat();
    if (facts.isFile() && (facts.mode & 0o077) !== 0) await file.chmod(mode);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
