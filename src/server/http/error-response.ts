import { errorBody } from '../../graphql/execution/format-error.js';
import { GatewayError, type GatewayErrorCode } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';

export interface ErrorResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const json = 'application/json; charset=utf-8';
/** Codes of requests that were not executed; all others are 400. */
const statuses: Partial<Record<GatewayErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  TOO_SLOW: 408,
  PICTURE_TOO_LARGE: 413,
  PICTURE_TYPE_NOT_SUPPORTED: 415,
  PICTURE_UNREADABLE: 422,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};
const wrongContentType =
  'This content type is not accepted here. GraphQL takes application/json, uploads take multipart/form-data.';
const shortage = 'The gateway is temporarily out of resources.';
const shortageRetryAfter = 5;

/** The response to a request that was not executed. */
export function gatewayErrorResponse(error: GatewayError, contentType = json): ErrorResponse {
  const { code, details } = error;
  return {
    status: statuses[code] ?? 400,
    headers: {
      ...(code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
      ...(details.retryAfter !== undefined && { 'retry-after': String(details.retryAfter) }),
      'content-type': contentType,
    },
    body: JSON.stringify(errorBody(error)),
  };
}

/** The response to an error thrown outside of GraphQL operations. Logs and masks unexpected errors. */
export function toErrorResponse(error: unknown, requestId: string, log: SwapLog): ErrorResponse {
  if (error instanceof GatewayError) return gatewayErrorResponse(error);
  if (isShortage(error)) {
    log.error({ err: error, requestId }, 'out of system resources in a route');
    return gatewayErrorResponse(
      new GatewayError('UNAVAILABLE', shortage, { retryAfter: shortageRetryAfter }),
    );
  }
  const { statusCode: status = 500, message: ownMessage } = error as { statusCode?: number; message: string };
  if (status >= 500) log.error({ err: error, requestId }, 'unexpected error in a route');
  const message =
    status >= 500
      ? `Internal server error. The operator can find it in the log by request id ${requestId}.`
      : status === 415
        ? wrongContentType
        : ownMessage;
  const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
  return { status, headers: { 'content-type': json }, body: JSON.stringify(errorBody({ code, message })) };
}

/** Out of file descriptors or memory, which usually passes soon. */
function isShortage(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS'].includes(
    String((error as { code?: unknown } | null)?.code),
  );
}
