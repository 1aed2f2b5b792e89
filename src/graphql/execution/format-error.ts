import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type FieldProblem, GatewayError, type GatewayErrorDetails } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';

/**
 * Formats an error for the client, on both transports. GatewayErrors are passed through, request errors keep graphql-js's
 * message, and everything else is logged and masked, with the request id to look it up by.
 */
export type ErrorFormatter = (error: GraphQLError, requestId: string) => GraphQLFormattedError;

export interface ErrorFormatterOptions {
  /** Strips "Did you mean …?" from graphql-js's messages, which would leak the schema. */
  hideSuggestions: boolean;
  log: SwapLog;
}

/** Request errors, whose messages from graphql-js and Apollo are passed through. */
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
    const position = { ...(locations && { locations }), ...(path && { path }) };
    const cause = error.originalError;
    if (cause instanceof GatewayError) {
      return { message: cause.message, ...position, extensions: { code: cause.code, ...cause.details } };
    }
    if (isRequestError(error)) {
      const message = hideSuggestions ? error.message.replace(suggestion, '') : error.message;
      const code = String(error.extensions['code']);
      const fields = code === 'BAD_USER_INPUT' ? fieldsOfCoercion(message) : [];
      return { message, ...position, extensions: { code, ...(fields.length > 0 && { fields }) } };
    }
    log.error({ requestId, err: cause ?? error }, 'unexpected error in a request');
    return {
      message: `Internal server error. The operator can find it in the log by request id ${requestId}.`,
      ...position,
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

/** graphql-js wraps errors of scalars in another GraphQLError; any other original error comes from our code. */
function isForeign(original: Error | undefined | null): boolean {
  return original != null && !(original instanceof GraphQLError);
}

/** Parses the path from a coercion error: `Variable "$input" got invalid value 1 at "input.initImage"; …`. */
function fieldsOfCoercion(message: string): FieldProblem[] {
  const [, variable, path, problem] =
    /^Variable "\$(\w+)" (?:got invalid value .*?(?: at "([^"]+)")?; )?(.*)$/s.exec(message) ?? [];
  if (variable === undefined || problem === undefined) return [];
  return [{ path: path ?? variable, message: problem }];
}
