import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';

export const maxBodyBytes = 64 * 1024;
export const maxTokens = 1000;

/** What a document must fulfil beside the specification's own rules; the same for both transports. */
export function limitRules({ introspection }: { introspection: boolean }): ValidationRule[] {
  return introspection ? [] : [NoSchemaIntrospectionCustomRule];
}

/**
 * Parses and validates as the HTTP transport does.
 *
 * @returns the document, or the errors with the codes that Apollo Server gives them
 */
export function readDocument(
  schema: GraphQLSchema,
  text: string,
  rules: readonly ValidationRule[],
): DocumentNode | GraphQLError[] {
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [withCode(error, 'GRAPHQL_PARSE_FAILED')];
  }
  const errors = validate(schema, document, [...specifiedRules, ...rules]);
  return errors.length === 0 ? document : errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
}

/** The same error with `extensions.code`; graphql-js's own errors have none. */
export function withCode(error: GraphQLError, code: string): GraphQLError {
  error.extensions['code'] = code;
  return error;
}
