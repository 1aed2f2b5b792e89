import {
  type DirectiveNode,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { measureOperation, type OperationSize } from './operation-size.js';

/** For HTTP bodies and WebSocket messages. */
export const maxBodyBytes = 64 * 1024;
/** Bounds the cost of parsing and validation; the parser rejects longer documents. */
export const maxTokens = 1000;

const sizeLimits: Record<keyof OperationSize, { most: number; what: string }> = {
  depth: { most: 10, what: 'levels of fields' },
  aliases: { most: 15, what: 'aliases' },
  rootFields: { most: 5, what: 'root fields' },
  directives: { most: 20, what: 'directives' },
};

/** Validation rules in addition to the specification's, for both transports. */
export function limitRules({ introspection }: { introspection: boolean }): ValidationRule[] {
  return [
    oneOperation,
    limitSize,
    unconditionalSubscription,
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ];
}

const oneOperation: ValidationRule = (context) => ({
  Document(document) {
    const [, ...others] = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (others.length > 0)
      context.reportError(
        new GraphQLError('A document may contain only one operation.', { nodes: others[0] }),
      );
  },
});

const limitSize: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const size = measureOperation(context.getDocument(), operation);
    for (const [measure, { most, what }] of Object.entries(sizeLimits)) {
      if (size[measure as keyof OperationSize] > most)
        context.reportError(
          new GraphQLError(`The operation has more than ${most} ${what}.`, { nodes: operation }),
        );
    }
  },
});

/**
 * Forbids `@skip` and `@include` on the root field of a subscription, as newer versions of the specification do. graphql-js 16
 * has no such rule, and its own rule for subscriptions throws if a condition depends on a variable.
 */
const unconditionalSubscription: ValidationRule = (context) => ({
  Document({ definitions }) {
    const conditional = definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.SUBSCRIPTION
        ? rootConditions(definition.selectionSet, (name) => context.getFragment(name)?.selectionSet)
        : [],
    );
    for (const directive of conditional) {
      const message = `@${directive.name.value} is not allowed on the root field of a subscription.`;
      context.reportError(new GraphQLError(message, { nodes: directive }));
    }
    // Null makes `visit` skip the document, so that graphql-js's rule does not run.
    return conditional.length > 0 ? null : undefined;
  },
});

/** Every @skip and @include that affects a root field. */
function rootConditions(
  selectionSet: SelectionSetNode,
  fragment: (name: string) => SelectionSetNode | undefined,
): DirectiveNode[] {
  const seen = new Set<string>();
  const below = ({ selections }: SelectionSetNode): DirectiveNode[] =>
    selections.flatMap((selection) => {
      const own = (selection.directives ?? []).filter(({ name }) => conditions.has(name.value));
      if (selection.kind === Kind.INLINE_FRAGMENT) return [...own, ...below(selection.selectionSet)];
      if (selection.kind === Kind.FIELD || seen.has(selection.name.value)) return own;
      seen.add(selection.name.value);
      const spread = fragment(selection.name.value);
      return spread ? [...own, ...below(spread)] : own;
    });
  return below(selectionSet);
}

const conditions = new Set(['skip', 'include']);

/**
 * Parses and validates like Apollo Server.
 *
 * @returns the document, or the errors with Apollo Server's codes
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

/** Copies the error with `extensions.code`, since graphql-js's errors have none and some are shared between requests. */
export function withCode({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
