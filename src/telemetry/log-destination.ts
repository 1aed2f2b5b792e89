import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Destination of log lines: never blocks, is bounded, never fails. */
export interface LogDestination {
  /** Queues a finished line, or drops it if the buffer is full. */
  write(line: string): void;
  /** Lines dropped so far. */
  dropped(): number;
  /**
   * Waits until everything is written, at most `timeoutMs`.
   * @returns false if a write is stuck and would keep the process from exiting
   */
  finish(timeoutMs: number): Promise<boolean>;
}

/** Buffer size in characters, for a slow or absent reader. */
const maxWaiting = 1024 * 1024;
const checkMs = 10;

/** @param fd such as standard output: a pipe, a socket, a file or a terminal */
export function createLogDestination(fd: number): LogDestination {
  const stats = fstatSync(fd);
  const isPipe = stats.isFIFO() || stats.isSocket();
  // A direct write to an unread pipe would block a thread, and with it process exit; libuv's streams do not.
  const stream: Writable = isPipe
    ? new Socket({ fd, readable: false, writable: true })
    : createWriteStream('', { fd, autoClose: false });
  let dropped = 0;
  let droppedInARow = 0;
  let isBroken = false;

  // The reader is gone.
  stream.on('error', () => {
    isBroken = true;
  });
  stream.on('drain', () => {
    if (droppedInARow === 0) return;
    const line = {
      level: 'warn',
      time: new Date().toISOString(),
      dropped: droppedInARow,
      msg: 'log lines were dropped, since nobody read them',
    };
    droppedInARow = 0;
    stream.write(`${JSON.stringify(line)}\n`);
  });

  return {
    write(line) {
      if (!isBroken && stream.writableLength + line.length <= maxWaiting) {
        stream.write(line);
        return;
      }
      dropped += 1;
      droppedInARow += 1;
    },
    dropped: () => dropped,
    async finish(timeoutMs) {
      const giveUpAt = performance.now() + timeoutMs;
      while (stream.writableLength > 0 && !isBroken && performance.now() < giveUpAt)
        await new Promise((resolve) => setTimeout(resolve, checkMs));
      return isPipe || isBroken || stream.writableLength === 0;
    },
  };
}
