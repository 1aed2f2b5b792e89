import secureJson from 'secure-json-parse';
import { exceedsNesting, maxJsonNesting } from '../../lib/json-nesting.js';

/** An error that is sent as 400 with this message. */
export function badRequest(message: string): Error & { statusCode: number } {
  return Object.assign(new Error(message), { statusCode: 400 });
}

/** @throws Error with `statusCode` 400 if the JSON is nested too deeply */
export function checkNesting(text: string, what: string): void {
  if (exceedsNesting(text)) throw badRequest(`${what} has more than ${maxJsonNesting} levels of nesting.`);
}

/**
 * Parses the JSON of a request body exactly as Fastify does, with the same error messages.
 *
 * @throws Error with `statusCode` 400 for invalid JSON, too many levels of nesting, or prototype pollution
 */
export function parseJsonBody(text: string): unknown {
  checkNesting(text, 'The body');
  try {
    return secureJson.parse(text);
  } catch {
    throw badRequest("Body is not valid JSON but content-type is set to 'application/json'");
  }
}
