import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/**
 * Static cost of an operation, computed before execution: each field counts 1, multiplied by the size of each list it is in
 * (`first`, or the number of ids). Fragments count at every spread, fields under `@skip` and `@include` always count.
 * Introspection, where it is allowed, costs nothing.
 *
 * @param variables raw; invalid ones are rejected later and are ignored here
 */
export type OperationCost = (variables: Readonly<Record<string, unknown>> | undefined) => number;

/** Number of items in a list: a constant, or an index into `sizes` for a variable. */
type Size = number | { index: number };

interface VariableSize {
  variable: string;
  isList: boolean;
  /** Size if the variable is absent. */
  unset: number;
  /** Size if the variable is not a valid size. */
  fallback: number;
}

/** A polynomial: coefficients keyed by the sizes they are multiplied by, as comma-separated indexes. */
type Sum = Map<string, number>;

/** Arguments that determine the number of items. */
const sizeArguments = new Set(['first', 'last']);

/** Linear in the document's length, however often fragments are spread. The returned function is cheap to call. */
export function compileCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationCost {
  const sizes: VariableSize[] = [];
  const root = schema.getRootType(operation.operation);
  const sum = root
    ? createSumming(schema, document, operation, sizes)(operation.selectionSet, root, 1)
    : new Map<string, number>();
  const constant = sum.get('') ?? 0;
  const terms = [...sum]
    .filter(([key]) => key !== '')
    .map(([key, coefficient]) => ({ coefficient, factors: key.split(',').map(Number) }));
  if (terms.length === 0) return () => bounded(constant);
  return (variables) => {
    const values = sizes.map((size) => sizeOfVariable(size, variables));
    return bounded(
      terms.reduce(
        (total, { coefficient, factors }) =>
          total + factors.reduce((product, index) => product * (values[index] ?? 0), coefficient),
        constant,
      ),
    );
  };
}

/** Cost of a selection set. @param page number of items in the lists directly in it */
type Summing = (selections: SelectionSetNode, type: GraphQLNamedType, page: Size) => Sum;

function createSumming(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  sizes: VariableSize[],
): Summing {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const known = new Map<string, Sum>();
  const readSize = createSizeReader(operation, sizes);

  const typeNamed = (name: string, fallback: GraphQLNamedType): GraphQLNamedType =>
    schema.getType(name) ?? fallback;

  const ofFragment = (name: string, parent: GraphQLNamedType, page: Size): Sum => {
    const fragment = fragments.get(name);
    const key = `${name} ${parent.name} ${typeof page === 'number' ? page : `$${page.index}`}`;
    const sum = known.get(key);
    if (sum || !fragment) return sum ?? new Map();
    known.set(key, new Map());
    const whole = ofSelections(
      fragment.selectionSet,
      typeNamed(fragment.typeCondition.name.value, parent),
      page,
    );
    known.set(key, whole);
    return whole;
  };

  const ofField = (field: FieldNode, parent: GraphQLNamedType, page: Size): Sum => {
    if (field.name.value === '__schema' || field.name.value === '__type') return new Map();
    const sum: Sum = new Map([['', 1]]);
    const definition = fieldOf(parent, field.name.value);
    if (!definition || !field.selectionSet) return sum;
    const isList = isListType(getNullableType(definition.type));
    const size = readSize(definition, field.arguments ?? []);
    const below = ofSelections(field.selectionSet, getNamedType(definition.type), isList ? 1 : (size ?? 1));
    add(sum, below, isList ? (size ?? page) : 1);
    return sum;
  };

  const ofSelections: Summing = ({ selections }, type, page) => {
    const sum: Sum = new Map();
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) add(sum, ofField(selection, type, page), 1);
      else if (selection.kind === Kind.FRAGMENT_SPREAD)
        add(sum, ofFragment(selection.name.value, type, page), 1);
      else {
        const condition = selection.typeCondition?.name.value;
        const inner = condition === undefined ? type : typeNamed(condition, type);
        add(sum, ofSelections(selection.selectionSet, inner, page), 1);
      }
    }
    return sum;
  };
  return ofSelections;
}

/** @returns the number of items requested by a field's arguments; undefined if none of them sets it */
function createSizeReader(
  { variableDefinitions = [] }: OperationDefinitionNode,
  sizes: VariableSize[],
): (field: GraphQLField<unknown, unknown>, given: readonly ArgumentNode[]) => Size | undefined {
  const ofVariable = (variable: string, definition: GraphQLArgument): Size => {
    const isList = isListType(getNullableType(definition.type));
    const declared = variableDefinitions.find((candidate) => candidate.variable.name.value === variable);
    const fallback = fallbackOf(definition);
    const size = { variable, isList, unset: sizeOfLiteral(declared?.defaultValue, fallback), fallback };
    const found = sizes.findIndex(
      (other) => other.variable === variable && other.isList === isList && other.fallback === size.fallback,
    );
    return { index: found < 0 ? sizes.push(size) - 1 : found };
  };

  return (field, given) => {
    const definition =
      field.args.find(
        ({ name }) => sizeArguments.has(name) && given.some((arg) => arg.name.value === name),
      ) ??
      field.args.find(({ name }) => sizeArguments.has(name)) ??
      field.args.find(({ type }) => isListType(getNullableType(type)));
    if (!definition) return undefined;
    const value = given.find(({ name }) => name.value === definition.name)?.value;
    if (value?.kind === Kind.VARIABLE) return ofVariable(value.name.value, definition);
    return sizeOfLiteral(value, fallbackOf(definition));
  };
}

function fallbackOf({ defaultValue }: GraphQLArgument): number {
  return sizeOfValue(defaultValue, 1);
}

function sizeOfVariable(
  size: VariableSize,
  variables: Readonly<Record<string, unknown>> | undefined,
): number {
  const { variable, unset, fallback } = size;
  const given = variables && Object.hasOwn(variables, variable) ? variables[variable] : undefined;
  return given === undefined ? unset : sizeOfValue(given, fallback);
}

function sizeOfLiteral(value: ValueNode | undefined, fallback: number): number {
  if (value?.kind === Kind.INT) return sizeOfValue(Number(value.value), fallback);
  return value?.kind === Kind.LIST ? value.values.length : fallback;
}

/** Values of any other type fail validation, so they are never executed. */
function sizeOfValue(value: unknown, fallback: number): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : fallback;
}

function fieldOf(type: GraphQLNamedType, name: string): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

function add(sum: Sum, other: Sum, times: Size): void {
  for (const [key, coefficient] of other) {
    const product = typeof times === 'number' ? key : multiplied(key, times.index);
    const factor = typeof times === 'number' ? times : 1;
    sum.set(product, (sum.get(product) ?? 0) + coefficient * factor);
  }
}

function multiplied(key: string, index: number): string {
  const factors = key === '' ? [] : key.split(',').map(Number);
  return [...factors, index].sort((a, b) => a - b).join(',');
}

function bounded(cost: number): number {
  return Math.min(cost, Number.MAX_SAFE_INTEGER);
}
