import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Where log lines go: never blocks, never grows without end, never fails. */
export interface LogDestination {
  /** Takes a finished line, or drops it when too much waits to be written. */
  write(line: string): void;
  /** Lines that were dropped so far. */
  dropped(): number;
  /**
   * Waits until everything is written, but no longer than `timeoutMs`.
   * @returns false if a write is stuck that would keep the process from exiting
   */
  finish(timeoutMs: number): Promise<boolean>;
}

/** Characters that may wait for a reader that is slow or gone. */
const maxWaiting = 1024 * 1024;
const checkMs = 10;

/** @param fd standard output, say: a pipe, a socket, a file or a terminal */
export function createLogDestination(fd: number): LogDestination {
  const stats = fstatSync(fd);
  const isPipe = stats.isFIFO() || stats.isSocket();
  // A write to a pipe that nobody reads would block a thread, and with it the end of the process, unless libuv does it.
  const stream: Writable = isPipe
    ? new Socket({ fd, readable: false, writable: true })
    : createWriteStream('', { fd, autoClose: false });
  let dropped = 0;
  let droppedInARow = 0;
  let isBroken = false;

  // Whoever read it is gone.
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
