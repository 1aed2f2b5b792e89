import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type FieldProblem, GatewayError, type GatewayErrorDetails } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';

/**
 * What a client gets to see of an error, on either transport: our own errors as they are, faults of the request in
 * graphql-js's words, everything else masked, with the request's id to look up in the log, where it is written.
 */
export type ErrorFormatter = (error: GraphQLError, requestId: string) => GraphQLFormattedError;

export interface ErrorFormatterOptions {
  /** Takes "Did you mean …?" off graphql-js's messages, which would give away the schema bit by bit. */
  hideSuggestions: boolean;
  log: SwapLog;
}

/** Errors that say what is wrong with the request itself, in graphql-js's and Apollo's own words. */
const requestErrorCodes = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

const suggestion = / ?Did you mean[^?]*\?/g;

export function createErrorFormatter({ hideSuggestions, log }: ErrorFormatterOptions): ErrorFormatter {
  return (error, requestId) => {
    const { locations, path } = error.toJSON();
    const place = { ...(locations && { locations }), ...(path && { path }) };
    const cause = error.originalError;
    if (cause instanceof GatewayError) {
      return { message: cause.message, ...place, extensions: { code: cause.code, ...cause.details } };
    }
    if (isRequestError(error)) {
      const message = hideSuggestions ? error.message.replace(suggestion, '') : error.message;
      const code = String(error.extensions['code']);
      const fields = code === 'BAD_USER_INPUT' ? fieldsOfCoercion(message) : [];
      return { message, ...place, extensions: { code, ...(fields.length > 0 && { fields }) } };
    }
    log.error({ requestId, err: cause ?? error }, 'unexpected error in a request');
    return {
      message: `Something went wrong in the gateway. The operator finds it in the log under request id ${requestId}.`,
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
    };
  };
}

/** The response body for a request that was not executed; a GatewayError fits. */
export function errorBody({ code, message, details }: RequestError): { errors: GraphQLFormattedError[] } {
  return { errors: [{ message, extensions: { code, ...details } }] };
}

interface RequestError {
  code: string;
  message: string;
  details?: GatewayErrorDetails;
}

function isRequestError(error: GraphQLError): boolean {
  // Errors of compiled operations may have no extensions, whatever their type says.
  return requestErrorCodes.has(String(error.extensions?.['code'])) && !isForeign(error.originalError);
}

/** graphql-js wraps what its own scalars throw in another GraphQLError; whatever else was thrown is not its word. */
function isForeign(original: Error | undefined | null): boolean {
  return original != null && !(original instanceof GraphQLError);
}

/** graphql-js puts the place of a bad variable into its message: `Variable "$input" got invalid value 1 at "input.initImage"; …`. */
function fieldsOfCoercion(message: string): FieldProblem[] {
  const [, variable, path, problem] =
    /^Variable "\$(\w+)" (?:got invalid value .*?(?: at "([^"]+)")?; )?(.*)$/s.exec(message) ?? [];
  if (variable === undefined || problem === undefined) return [];
  return [{ path: path ?? variable, message: problem }];
}
