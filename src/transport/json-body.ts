import secureJson from 'secure-json-parse';
import { exceedsNesting, maxJsonNesting } from '../lib/json-nesting.js';

/** A request that is wrong in itself: answered with 400 and this message. */
export function badRequest(message: string): Error & { statusCode: number } {
  return Object.assign(new Error(message), { statusCode: 400 });
}

/** @throws Error with `statusCode` 400 for JSON that has too many levels */
export function checkNesting(text: string, what: string): void {
  if (exceedsNesting(text)) throw badRequest(`${what} has more than ${maxJsonNesting} levels of nesting.`);
}

/**
 * The JSON of a request's body, as Fastify parses it, with its words for what is wrong.
 *
 * @throws Error with `statusCode` 400 for text that is not JSON, has too many levels, or would change a prototype
 */
export function parseJsonBody(text: string): unknown {
  checkNesting(text, 'The body');
  try {
    return secureJson.parse(text);
  } catch {
    throw badRequest("Body is not valid JSON but content-type is set to 'application/json'");
  }
}
