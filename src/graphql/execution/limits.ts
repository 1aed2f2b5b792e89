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

/** Of an HTTP body and of a WebSocket message. */
export const maxBodyBytes = 64 * 1024;
/** What parsing and validation may cost at most hangs on this one; a longer document is refused while it is parsed. */
export const maxTokens = 1000;

const sizeLimits: Record<keyof OperationSize, { most: number; what: string }> = {
  depth: { most: 10, what: 'levels of fields' },
  aliases: { most: 15, what: 'aliases' },
  rootFields: { most: 5, what: 'fields at its root' },
  directives: { most: 20, what: 'directives' },
};

/** What a document must fulfil beside the specification's own rules; the same for both transports. */
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
        new GraphQLError('A document may hold only one operation here.', { nodes: others[0] }),
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
 * The one field of a subscription is not to be skipped, as newer versions of the specification say. graphql-js 16 has no
 * rule for that: its own for subscriptions throws on a condition that depends on a variable, so the rest is not validated.
 */
const unconditionalSubscription: ValidationRule = (context) => ({
  Document({ definitions }) {
    const conditional = definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.SUBSCRIPTION
        ? rootConditions(definition.selectionSet, (name) => context.getFragment(name)?.selectionSet)
        : [],
    );
    for (const directive of conditional) {
      const message = `The field of a subscription may not be under @${directive.name.value}.`;
      context.reportError(new GraphQLError(message, { nodes: directive }));
    }
    // For `visit`, the document is gone then.
    return conditional.length > 0 ? null : undefined;
  },
});

/** Every @skip and @include that decides on a field at the root. */
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

/** The same error with `extensions.code`; graphql-js's own errors have none, and one of them is shared by all requests. */
export function withCode({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
