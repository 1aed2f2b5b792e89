import { GatewayError } from '../../swap/errors.js';

/**
 * Checks a serialized response before it is written. The cost limit bounds the number of fields, not their length.
 * @returns BAD_USER_INPUT if it is over the limit
 */
export type ResponseLimit = (body: string) => GatewayError | undefined;

export function createResponseLimit(maxBytes: number): ResponseLimit {
  return (body) => {
    // A UTF-16 unit takes at most three bytes, so most bodies need no measuring.
    if (body.length * 3 <= maxBytes) return undefined;
    const bytes = Buffer.byteLength(body);
    if (bytes <= maxBytes) return undefined;
    const message = `The response would be ${bytes} bytes; the limit is ${maxBytes}. Request fewer fields or a smaller page.`;
    return new GatewayError('BAD_USER_INPUT', message, { bytes, maxBytes });
  };
}
