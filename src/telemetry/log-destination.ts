import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Destination for log lines: non-blocking, bounded, never throws. */
export interface LogDestination {
  /** Queues a complete line, or drops it if the buffer is full. */
  write(line: string): void;
  /** Lines dropped so far. */
  dropped(): number;
  /**
   * Waits until everything is written, for at most `timeoutMs`.
   * @returns false if a write is stuck and would keep the process from exiting
   */
  finish(timeoutMs: number): Promise<boolean>;
}

/** Buffer size in characters, for a reader that is slow or absent. */
const maxBuffered = 1024 * 1024;
const checkMs = 10;

/** @param fd a pipe, socket, file or terminal, such as standard output */
export function createLogDestination(fd: number): LogDestination {
  const stats = fstatSync(fd);
  const isPipe = stats.isFIFO() || stats.isSocket();
  // A direct write to an unread pipe would block a thread, and with it process exit; libuv's streams do not.
  const stream: Writable = isPipe
    ? new Socket({ fd, readable: false, writable: true })
    : createWriteStream('', { fd, autoClose: false });
  let dropped = 0;
  let droppedSinceNotice = 0;
  let isBroken = false;

  // The reader has closed the pipe.
  stream.on('error', () => {
    isBroken = true;
  });
  stream.on('drain', () => {
    if (droppedSinceNotice === 0) return;
    const line = {
      level: 'warn',
      time: new Date().toISOString(),
      dropped: droppedSinceNotice,
      msg: 'log lines were dropped because the reader was too slow',
    };
    droppedSinceNotice = 0;
    stream.write(`${JSON.stringify(line)}\n`);
  });

  return {
    write(line) {
      if (!isBroken && stream.writableLength + line.length <= maxBuffered) {
        stream.write(line);
        return;
      }
      dropped += 1;
      droppedSinceNotice += 1;
    },
    dropped: () => dropped,
    async finish(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      while (stream.writableLength > 0 && !isBroken && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, checkMs));
      return isPipe || isBroken || stream.writableLength === 0;
    },
  };
}
