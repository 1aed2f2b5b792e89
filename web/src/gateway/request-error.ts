import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';

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
    message: 'The gateway cannot be reached. Nothing is lost: try again when it is back.',
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
  const wait = typeof retryAfter === 'number' ? ` Try again in ${retryAfter} s.` : '';
  return {
    code: typeof code === 'string' ? code : 'UNKNOWN',
    message: (error?.message ?? 'The gateway sent an unexpected response.') + wait,
    fields: Array.isArray(fields) ? (fields as RequestError['fields']) : [],
  };
}
