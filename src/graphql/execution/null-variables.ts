import {
  type DocumentNode,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Names of the variables that may be left out but must not be null: `$id: ID = "x"` where an `ID!` is wanted. Validation
 * lets these through, since the default value would do.
 */
export function notNullVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): readonly string[] {
  const candidates = variableDefinitions
    .filter(({ type, defaultValue }) => type.kind !== Kind.NON_NULL_TYPE && defaultValue !== undefined)
    .map(({ variable }) => variable.name.value);
  if (candidates.length === 0) return [];
  const wanted = new Set<string>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      VariableDefinition: () => false,
      Variable({ name }) {
        if (isNonNullType(types.getInputType())) wanted.add(name.value);
      },
    }),
  );
  return candidates.filter((name) => wanted.has(name));
}
