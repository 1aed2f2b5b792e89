import { setTimeout as sleep } from 'node:timers/promises';
import { type S3Server, startS3Server } from '../../testing/s3-server.ts';
import { seededRandom } from './chaos-options.ts';

/** How long the bucket lets a request wait, at most: longer than the lease of a copy. */
const slowMs = 15_000;

/** A bucket whose service fails now and then: overloaded, slow, or gone in the middle of a request. */
export async function startFaultyBucket(
  seed: number,
): Promise<S3Server & { struck: Record<string, number> }> {
  const server = await startS3Server();
  const random = seededRandom(seed + 7);
  const struck: Record<string, number> = {};
  const strike = (name: string): void => {
    struck[name] = (struck[name] ?? 0) + 1;
  };
  server.misbehave((request, response) => {
    const drawn = random();
    if (drawn < 0.06) {
      strike('503 of the bucket');
      request.resume();
      response.writeHead(503, { 'content-type': 'application/xml' });
      response.end('<Error><Code>SlowDown</Code></Error>');
      return true;
    }
    if (drawn < 0.1) {
      strike('connections that the bucket reset');
      request.socket.resetAndDestroy();
      return true;
    }
    if (drawn < 0.14) {
      strike('responses of the bucket that were cut off');
      const { write } = response;
      response.write = ((...given: Parameters<typeof write>) => {
        const isWritten = write.apply(response, given);
        response.socket?.destroy();
        return isWritten;
      }) as typeof write;
      return false;
    }
    if (drawn < 0.24) {
      strike('requests that the bucket handled late');
      return sleep(random() ** 3 * slowMs, false);
    }
    return false;
  });
  return { ...server, struck };
}
