import { SwapError } from '../swap/swap-error.js';

/**
 * Looks at a response, as JSON, before it is written. The cost of an operation bounds how many fields it has, not how long
 * they are.
 * @returns BAD_USER_INPUT for one that is too long
 */
export type ResponseLimit = (body: string) => SwapError | undefined;

export function createResponseLimit(maxBytes: number): ResponseLimit {
  return (body) => {
    // No character takes more than three bytes, so most bodies need not be measured.
    if (body.length * 3 <= maxBytes) return undefined;
    const bytes = Buffer.byteLength(body);
    if (bytes <= maxBytes) return undefined;
    const message = `The response would have ${bytes} bytes; at most ${maxBytes} are given. Ask for fewer fields or a smaller page.`;
    return new SwapError('BAD_USER_INPUT', message, { bytes, maxBytes });
  };
}
