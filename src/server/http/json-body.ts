import secureJson from 'secure-json-parse';
import { exceedsNesting, maxJsonNesting } from '../../lib/json-nesting.js';

/** A malformed request: answered with 400 and this message. */
export function badRequest(message: string): Error & { statusCode: number } {
  return Object.assign(new Error(message), { statusCode: 400 });
}

/** @throws Error with `statusCode` 400 for JSON that is nested too deeply */
export function checkNesting(text: string, what: string): void {
  if (exceedsNesting(text)) throw badRequest(`${what} has more than ${maxJsonNesting} levels of nesting.`);
}

/**
 * Parses the JSON of a request body exactly as Fastify does, with the same error messages.
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
