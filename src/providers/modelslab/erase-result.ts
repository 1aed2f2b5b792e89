import type { EraseOutcome } from '../../swap/ports.js';
import { decodeBody } from './decode-body.js';
import type { PostResult } from './post-json.js';
import { readModelsLabText } from './wire.js';

/** Documented for pictures of all kinds, on the API's origin, whatever the base URL is. */
export const deletePath = '/api/v3/delete_image';

/** ModelsLab's ids are integers here, and opaque text elsewhere. */
export function deleteBody(modelsLabId: string): { request_id: number | string; type: 'image' } {
  const number = Number(modelsLabId);
  const isInteger = /^\d+$/.test(modelsLabId) && Number.isSafeInteger(number);
  return { request_id: isInteger ? number : modelsLabId, type: 'image' };
}

/**
 * Only a success says that the picture is gone. The endpoint is not part of every plan, so that any rejection of the request is
 * final, except those that pass: of an overloaded server, or of a key that the operator can correct.
 */
export function eraseOutcome(answer: PostResult): EraseOutcome {
  if (answer.kind === 'no-answer') return 'unavailable';
  const { httpStatus, body } = answer;
  if (httpStatus >= 500 || [401, 402, 408, 425, 429].includes(httpStatus)) return 'unavailable';
  const read = readModelsLabText(decodeBody(body));
  if (httpStatus < 300 && read?.status === 'success') return 'erased';
  if (httpStatus >= 400 || read?.status === 'error' || read?.status === 'failed') return 'refused';
  return 'unavailable';
}
