import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { t } from '../messages/messages.ts';

/** Why the gateway rejected a request, with a message for the user. */
export interface RequestError {
  code: string;
  message: string;
  /** The problem with each argument, such as `input.initImage`. */
  fields: readonly { path: string; message: string }[];
}

interface GatewayError {
  message: string;
  extensions?: { code?: unknown; fields?: unknown; retryAfter?: unknown };
}

export function readRequestError(error: unknown): RequestError {
  if (CombinedGraphQLErrors.is(error)) return fromGatewayError(error.errors[0]);
  if (ServerError.is(error)) return fromErrorResponse(error.bodyText);
  return {
    code: 'UNREACHABLE',
    message: t.errors.unreachable,
    fields: [],
  };
}

/** @param text body of an error response, in the gateway's format or a proxy's */
export function fromErrorResponse(text: string): RequestError {
  try {
    const { errors } = JSON.parse(text) as { errors?: GatewayError[] };
    return fromGatewayError(errors?.[0]);
  } catch {
    return fromGatewayError(undefined);
  }
}

function fromGatewayError(error: GatewayError | undefined): RequestError {
  const { code, fields, retryAfter } = error?.extensions ?? {};
  const wait = typeof retryAfter === 'number' ? ` ${t.errors.retryAfter(retryAfter)}` : '';
  return {
    code: typeof code === 'string' ? code : 'UNKNOWN',
    message: (error?.message ?? t.errors.unexpected) + wait,
    fields: Array.isArray(fields) ? (fields as RequestError['fields']) : [],
  };
}
