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
 * Names of the variables that may be omitted but must not be null, such as `$id: ID = "x"` used for an `ID!`. Validation accepts
 * them because of the default value.
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
