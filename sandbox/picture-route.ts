import type { ServerResponse } from 'node:http';
import type { SandboxContext } from './sandbox-context.js';
import { resetConnection, sendBytes, sendJson, sendSlowly } from './wire-answer.js';

const contentType = 'image/jpeg';

/** Serves finished pictures, with faults that are drawn for each read. */
export function createPictureRoute({ desk, pictures, signal }: SandboxContext) {
  let reads = 0;

  /** @returns false if there is no such picture */
  return async (name: string, response: ServerResponse): Promise<boolean> => {
    const bytes = pictures.get(name.replace(/\.jpg$/, ''));
    if (bytes === undefined) return false;
    reads += 1;
    const draw = desk.draw('picture', reads);
    const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
    if (draw.happens('pictureError')) {
      sendJson(response, draw.fraction('status') < 0.5 ? 500 : 503, { status: 'error' });
    } else if (draw.happens('pictureMissing')) {
      sendJson(response, 404, { status: 'error' });
    } else if (draw.happens('pictureReset')) {
      response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.length });
      response.write(half, () => resetConnection(response));
    } else if (draw.happens('pictureSlow')) {
      await sendSlowly(
        response,
        200,
        bytes,
        { 'content-type': contentType },
        draw.within('slowBodyMs'),
        signal,
      );
    } else if (draw.happens('pictureTruncated')) {
      sendBytes(response, 200, contentType, half);
    } else if (draw.happens('pictureReplaced')) {
      sendBytes(response, 200, contentType, Buffer.from('<!DOCTYPE html><title>Just a moment...</title>'));
    } else {
      sendBytes(response, 200, contentType, bytes);
    }
    return true;
  };
}
