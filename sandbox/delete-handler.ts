import type { ServerResponse } from 'node:http';
import { serverError } from './answer-faults.js';
import { isKeyGood, type SandboxContext } from './sandbox-context.js';
import { resetConnection, sendJson } from './wire-answer.js';

/** Where ModelsLab deletes generated pictures, of all kinds. */
export const deletePath = '/api/v3/delete_image';

/** `POST /api/v3/delete_image`. Spells `message` as ModelsLab does. */
export function createDeleteHandler(
  context: SandboxContext,
): (body: Record<string, unknown> | undefined, response: ServerResponse) => void {
  let requests = 0;
  return (body, response) => {
    requests += 1;
    const draw = context.desk.draw('delete', requests);
    if (draw.happens('deleteReset')) return resetConnection(response);
    if (draw.happens('deleteError')) {
      const { status, body: refused } = serverError(draw, body);
      return sendJson(response, status, refused);
    }
    if (draw.happens('deleteMissing'))
      return sendJson(response, 404, { status: 'error', message: 'Not found' });
    if (!isKeyGood(context, body?.['key']))
      return sendJson(response, 401, { status: 'error', message: 'Invalid API key' });
    if (draw.happens('deleteRefused'))
      return sendJson(response, 403, {
        status: 'error',
        message: 'This feature requires a premium subscription',
      });
    const job = context.jobs.find(String(body?.['request_id']));
    if (job?.row.outcome !== 'success')
      return sendJson(response, 200, { status: 'error', messege: 'image not found' });
    context.pictures.delete(job.pictureId);
    job.row = { ...job.row, deletedAt: Date.now() };
    sendJson(response, 200, { status: 'success', messege: 'image deleted' });
  };
}
