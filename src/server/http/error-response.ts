import { errorBody } from '../../graphql/execution/format-error.js';
import { GatewayError } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';
import { errorHeaders, httpStatusOf } from './refusal.js';

const shortage = 'The gateway cannot do this now.';
const retryAfter = 5;

/** What was thrown outside of any GraphQL operation, as an answer that tells nothing of the inside. Logs what is not expected. */
export function toErrorResponse(
  error: unknown,
  requestId: string,
  log: SwapLog,
): { status: number; headers: Record<string, string>; body: string } {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  if (isShortage(error)) log.error({ err: error, requestId }, 'a route lacks resources of the system');
  const refusal = isShortage(error) ? new GatewayError('UNAVAILABLE', shortage, { retryAfter }) : error;
  if (refusal instanceof GatewayError) {
    return {
      status: httpStatusOf(refusal),
      headers: { ...errorHeaders(refusal), ...json },
      body: JSON.stringify(errorBody(refusal)),
    };
  }
  const { statusCode: status = 500, message: ownMessage } = error as { statusCode?: number; message: string };
  if (status >= 500) log.error({ err: error, requestId }, 'unexpected error in a route');
  const message = status >= 500 ? `Something went wrong; request id ${requestId}.` : ownMessage;
  const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
  return { status, headers: json, body: JSON.stringify({ errors: [{ message, extensions: { code } }] }) };
}

/** No file descriptor or memory left: it may be different in a moment. */
function isShortage(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS'].includes(
    String((error as { code?: unknown } | null)?.code),
  );
}
