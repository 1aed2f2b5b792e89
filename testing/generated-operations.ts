import * as fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { fixtureIds } from './swap-fixtures.js';

type Draw = fc.GeneratorValue;

export interface GeneratedOperation {
  text: string;
  name: string | undefined;
  /** The operation's variables, by name, with their types. */
  variables: Record<string, GraphQLInputType>;
}

/**
 * Operations on a schema's queries and mutations: aliases, both kinds of fragments, directives, literals and variables,
 * and occasionally something invalid.
 */
export function generatedOperation(schema: GraphQLSchema): fc.Arbitrary<GeneratedOperation> {
  return fc.gen().map((draw) => writeOperation(schema, draw));
}

/** Values for variables: mostly of the right type, occasionally missing, null or wrong. */
export function generatedVariables({
  variables,
}: GeneratedOperation): fc.Arbitrary<Record<string, unknown> | null | undefined> {
  return fc.gen().map((draw) => {
    if (chance(draw, 30)) return draw(fc.constantFrom, null, undefined);
    const values: Record<string, unknown> = {};
    for (const [name, type] of Object.entries(variables)) {
      if (!chance(draw, 40)) values[name] = drawValue(type, draw);
    }
    if (chance(draw, 15)) values['unasked'] = 1;
    return values;
  });
}

function writeOperation(schema: GraphQLSchema, draw: Draw): GeneratedOperation {
  const variables: Record<string, GraphQLInputType> = {};
  const fragments: string[] = [];
  let count = 0;

  const argument = ({ type }: GraphQLArgument): string => {
    if (chance(draw, 3)) return literal(drawValue(type, draw), type);
    const name = `v${count++}`;
    variables[name] = type;
    return `$${name}`;
  };

  const directives = (): string => {
    if (!chance(draw, 8)) return '';
    const name = `v${count++}`;
    const isVariable = draw(fc.boolean);
    if (isVariable) variables[name] = booleanType(schema);
    return ` @${draw(fc.constantFrom, 'skip', 'include')}(if: ${isVariable ? `$${name}` : draw(fc.boolean)})`;
  };

  const field = (definition: GraphQLField<unknown, unknown>): string => {
    const alias = chance(draw, 8) ? `${draw(fc.constantFrom, 'a', 'b', 'id')}${count++}: ` : '';
    const given = definition.args.filter((arg) => isNonNullType(arg.type) || draw(fc.boolean));
    const list = given.map((arg) => `${arg.name}: ${argument(arg)}`).join(', ');
    return `${alias}${definition.name}${list && `(${list})`}${directives()}${selection(definition.type)}`;
  };

  const selection = (type: GraphQLOutputType): string => {
    const named = getNamedType(type);
    if (!isObjectType(named)) return '';
    return ` { ${pieces(named).join(' ')} }`;
  };

  const pieces = (type: GraphQLObjectType): string[] => {
    const fields = Object.values(type.getFields());
    const written = draw(fc.subarray, fields, { minLength: 1 }).map(field);
    if (chance(draw, 6)) written.push('__typename');
    if (chance(draw, 90)) written.push('noSuchField');
    if (chance(draw, 8)) return [`... on ${type.name}${directives()} { ${written.join(' ')} }`];
    if (chance(draw, 8)) {
      const name = `F${count++}`;
      fragments.push(`fragment ${name} on ${type.name} { ${written.join(' ')} }`);
      return [`...${name}${directives()}`];
    }
    return written;
  };

  const isMutation = chance(draw, 4);
  const root = (isMutation ? schema.getMutationType() : schema.getQueryType()) as GraphQLObjectType;
  const roots = Object.values(root.getFields());
  // What clients request most: one swap, by a variable.
  const body =
    chance(draw, 2) && !isMutation
      ? [field(root.getFields()['swapResult'] as never)]
      : draw(fc.subarray, roots, { minLength: 1, maxLength: 2 }).map(field);
  const name = draw(fc.constantFrom, undefined, 'Asked');
  const list = Object.entries(variables).map(([variable, type]) => `$${variable}: ${type}`);
  const head = `${isMutation ? 'mutation' : 'query'}${name ? ` ${name}` : ''}${list.length > 0 ? `(${list.join(', ')})` : ''}`;
  const text = [`${head} { ${body.join(' ')} }`, ...fragments].join('\n');
  return { text: chance(draw, 120) ? text.slice(0, -1) : text, name, variables };
}

/** True for one draw in `n`. */
function chance(draw: Draw, n: number): boolean {
  return draw(evenly, n - 1) === 0;
}

/** Without fast-check's bias towards the smallest and the largest values. */
const evenly = (max: number): fc.Arbitrary<number> => fc.noBias(fc.nat(max));

/** The value once in `n` times, otherwise undefined. */
export function rarely<T>(n: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: n - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
}

function booleanType(schema: GraphQLSchema): GraphQLInputType {
  return schema.getDirective('skip')?.args[0]?.type as GraphQLInputType;
}

const oddValues = [null, '', 'text', 0, -1, 1.5, 2 ** 53, true, [], {}, ['succeeded']];

function drawValue(type: GraphQLInputType, draw: Draw): unknown {
  if (chance(draw, 60)) return draw(fc.constantFrom, ...oddValues);
  if (!isNonNullType(type) && chance(draw, 6)) return null;
  const named = getNamedType(type);
  if (isEnumType(named)) return draw(fc.constantFrom, ...named.getValues().map(({ name }) => name));
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields()).filter(
      (field) => isNonNullType(field.type) || draw(fc.boolean),
    );
    return Object.fromEntries(fields.map((field) => [field.name, drawValue(field.type, draw)]));
  }
  switch (named.name) {
    case 'Boolean':
      return draw(fc.boolean);
    case 'Int':
    case 'SafeInt':
      return draw(fc.constantFrom, 0, 1, 3, 100);
    case 'URL':
      return draw(fc.constantFrom, 'https://example.com/a.jpg', 'https://example.com/b.jpg', 'nonsense');
    case 'ID':
      return draw(fc.constantFrom, ...fixtureIds, 'succeeded', 'succeeded', 'failed', 7);
    default:
      return draw(fc.constantFrom, 'conflict', 'crash', 'text', ...fixtureIds);
  }
}

function literal(value: unknown, type: GraphQLInputType): string {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, type)).join(', ')}]`;
  const named = getNamedType(type);
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(named) ? named.getFields() : {};
    return `{${Object.entries(value)
      .map(([name, item]) => `${name}: ${literal(item, fields[name]?.type ?? type)}`)
      .join(', ')}}`;
  }
  if (isLeafType(named) && isEnumType(named) && typeof value === 'string' && value !== '') return value;
  return JSON.stringify(value);
}
