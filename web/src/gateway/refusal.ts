import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';

/** Why the gateway did not take a request, in words for whoever made it. */
export interface Refusal {
  code: string;
  message: string;
  /** What is wrong with which argument, such as `input.initImage`. */
  fields: readonly { path: string; message: string }[];
}

interface GatewayError {
  message: string;
  extensions?: { code?: unknown; fields?: unknown; retryAfter?: unknown };
}

export function readRefusal(error: unknown): Refusal {
  if (CombinedGraphQLErrors.is(error)) return fromGatewayError(error.errors[0]);
  if (ServerError.is(error)) return fromAnswer(error.bodyText);
  return {
    code: 'UNREACHABLE',
    message: 'The gateway cannot be reached. Nothing is lost: try again when it is back.',
    fields: [],
  };
}

/** @param text of an answer with an error status, in the gateway's form or a proxy's */
export function fromAnswer(text: string): Refusal {
  try {
    const { errors } = JSON.parse(text) as { errors?: GatewayError[] };
    return fromGatewayError(errors?.[0]);
  } catch {
    return fromGatewayError(undefined);
  }
}

function fromGatewayError(error: GatewayError | undefined): Refusal {
  const { code, fields, retryAfter } = error?.extensions ?? {};
  const wait = typeof retryAfter === 'number' ? ` Try again in ${retryAfter} s.` : '';
  return {
    code: typeof code === 'string' ? code : 'UNKNOWN',
    message: (error?.message ?? 'The gateway answered with something unexpected.') + wait,
    fields: Array.isArray(fields) ? (fields as Refusal['fields']) : [],
  };
}
