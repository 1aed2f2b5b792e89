import type { Socket } from 'node:net';
import { GatewayError } from '../../swap/errors.js';

/** Minimum average upload rate in bytes a second, checked every second from the fifth second on. */
export const minBytesPerSecond = 16 * 1024;
const graceSeconds = 5;

/**
 * Yields a body as it arrives. Seconds are counted by timer ticks, not by the clock, so a stall of this process is not held
 * against the sender.
 *
 * @throws TOO_SLOW, also while the body waits for its first byte; what `body` throws
 */
export async function* paced(body: AsyncIterable<Buffer>, socket: Socket): AsyncGenerator<Buffer> {
  const before = socket.bytesRead;
  let seconds = 0;
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      seconds += 1;
      if (seconds >= graceSeconds && socket.bytesRead - before < seconds * minBytesPerSecond)
        reject(new GatewayError('TOO_SLOW', 'The upload is too slow.'));
    }, 1000);
  });
  tooSlow.catch(() => undefined);
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), tooSlow]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    clearInterval(timer);
    // Not awaited: it may wait for a byte that never arrives.
    void iterator.return?.()?.catch(() => undefined);
  }
}
