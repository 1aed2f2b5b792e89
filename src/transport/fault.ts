import { presentRefusal } from '../graphql/error-presenter.js';
import type { SwapLog } from '../swap/ports.js';
import { SwapError } from '../swap/swap-error.js';
import { httpStatusOf, refusalHeaders } from './refusal.js';

/** What was thrown outside of any GraphQL operation, as an answer that tells nothing of the inside. Logs what is not expected. */
export function presentFault(
  error: unknown,
  requestId: string,
  log: SwapLog,
): { status: number; headers: Record<string, string>; body: string } {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  if (error instanceof SwapError) {
    return {
      status: httpStatusOf(error),
      headers: { ...refusalHeaders(error), ...json },
      body: JSON.stringify(presentRefusal(error)),
    };
  }
  const { statusCode: status = 500, message: ownMessage } = error as { statusCode?: number; message: string };
  if (status >= 500) log.error({ err: error, requestId }, 'unexpected error in a route');
  const message = status >= 500 ? `Something went wrong; request id ${requestId}.` : ownMessage;
  const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
  return { status, headers: json, body: JSON.stringify({ errors: [{ message, extensions: { code } }] }) };
}
