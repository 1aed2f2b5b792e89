import * as fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
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
 * Operations on a schema's queries and mutations: aliases, both kinds of fragments, directives, merged fields, literals and
 * variables with and without defaults, and occasionally something invalid.
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
    const values: Record<string, unknown> = Object.create(null);
    for (const [name, type] of Object.entries(variables)) {
      if (!chance(draw, 40)) values[name] = drawValue(type, draw);
    }
    if (chance(draw, 15)) values['unasked'] = 1;
    return values;
  });
}

function writeOperation(schema: GraphQLSchema, draw: Draw): GeneratedOperation {
  const variables: Record<string, GraphQLInputType> = Object.create(null);
  const defaults: Record<string, string> = Object.create(null);
  /** Fragment texts by name, and fragment names by type. */
  const fragments = new Map<string, string>();
  const fragmentsOn = new Map<string, string[]>();
  let count = 0;
  // Per operation: some have none, so that they are compiled, and others have many.
  const oneInDirectives = draw(fc.constantFrom, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 3);
  const oneInLiterals = draw(fc.constantFrom, Number.POSITIVE_INFINITY, 3);

  const variable = (type: GraphQLInputType): string => {
    const same = Object.keys(variables).filter((name) => String(variables[name]) === String(type));
    if (same.length > 0 && chance(draw, 3)) return `$${draw(fc.constantFrom, ...same)}`;
    const name = chance(draw, 200) ? '__proto__' : `v${count++}`;
    variables[name] = type;
    if (chance(draw, 4)) {
      // With a default, a nullable variable is allowed in a non-null position.
      variables[name] = getNullableType(type) as GraphQLInputType;
      defaults[name] = literal(drawValue(type, draw), type);
    }
    return `$${name}`;
  };

  const argument = ({ type }: GraphQLArgument): string => {
    if (!chance(draw, oneInLiterals)) return variable(type);
    const named = getNamedType(type);
    const value = drawValue(type, draw);
    if (!isInputObjectType(named) || typeof value !== 'object' || value === null) return literal(value, type);
    const fields = Object.values(named.getFields()).filter(
      (field) => isNonNullType(field.type) || draw(fc.boolean),
    );
    return `{${fields
      .map(
        (field) =>
          `${field.name}: ${chance(draw, 3) ? variable(field.type) : literal(drawValue(field.type, draw), field.type)}`,
      )
      .join(', ')}}`;
  };

  const directives = (): string => {
    if (!chance(draw, oneInDirectives)) return '';
    const condition = draw(fc.boolean) ? variable(booleanType(schema)) : draw(fc.boolean);
    return ` @${draw(fc.constantFrom, 'skip', 'include')}(if: ${condition})`;
  };

  const writeArguments = ({ args }: GraphQLField<unknown, unknown>): string => {
    const given = args.filter((arg) => isNonNullType(arg.type) || draw(fc.boolean));
    const list = given.map((arg) => `${arg.name}: ${argument(arg)}`).join(', ');
    return list && `(${list})`;
  };

  const alias = (): string => {
    if (chance(draw, 200)) return `${draw(fc.constantFrom, '__proto__', '__typename', 'constructor')}: `;
    return chance(draw, 8) ? `${draw(fc.constantFrom, 'a', 'b', 'id')}${count++}: ` : '';
  };

  const field = (definition: GraphQLField<unknown, unknown>, given = writeArguments(definition)): string =>
    `${alias()}${definition.name}${given}${directives()}${selection(definition.type)}`;

  const selection = (type: GraphQLOutputType): string => {
    const named = getNamedType(type);
    if (isInterfaceType(named)) return ` { ${interfacePieces(named).join(' ')} }`;
    if (!isObjectType(named)) return '';
    return ` { ${pieces(named).join(' ')} }`;
  };

  const spread = (name: string): string => `...${name}${directives()}`;

  /** The selections as an inline or a named fragment; a named one may be spread twice. */
  const wrap = ({ name: type }: GraphQLObjectType, written: string[], isNarrowed = false): string[] => {
    if (draw(fc.boolean))
      return [
        `...${isNarrowed || draw(fc.boolean) ? ` on ${type}` : ''}${directives()} { ${written.join(' ')} }`,
      ];
    const name = `F${count++}`;
    fragments.set(name, `fragment ${name} on ${type} { ${written.join(' ')} }`);
    fragmentsOn.set(type, [...(fragmentsOn.get(type) ?? []), name]);
    return draw(fc.boolean) ? [spread(name)] : [spread(name), spread(name)];
  };

  const pieces = (type: GraphQLObjectType): string[] => {
    const fields = Object.values(type.getFields());
    const chosen = draw(fc.subarray, fields, { minLength: 1 });
    const written = chosen.map((definition) => field(definition));
    // The same field again, to be merged with the first.
    if (chance(draw, 4)) written.push(field(draw(fc.constantFrom, ...chosen)));
    if (chance(draw, 6)) written.push('__typename');
    if (chance(draw, 90)) written.push('noSuchField');
    const known = fragmentsOn.get(type.name);
    if (known && chance(draw, 3)) written.push(spread(draw(fc.constantFrom, ...known)));
    if (!chance(draw, 4)) return written;
    const wrapped = wrap(type, written.splice(draw(fc.nat, written.length - 1)));
    return [...written, ...wrapped];
  };

  /** Fields of the interface, and fragments on it and on its types. */
  const interfacePieces = (type: GraphQLInterfaceType): string[] => {
    const own = Object.values(type.getFields()).map((definition) => field(definition));
    const written = schema
      .getPossibleTypes(type)
      .flatMap((possible) =>
        draw(fc.boolean)
          ? wrap(possible, pieces(possible), true)
          : [`... on ${type.name} { ${own.join(' ')} }`],
      );
    return [...own, ...(chance(draw, 4) ? [] : written), ...(chance(draw, 3) ? ['__typename'] : [])];
  };

  const isMutation = chance(draw, 4);
  const root = (isMutation ? schema.getMutationType() : schema.getQueryType()) as GraphQLObjectType;
  const roots = Object.values(root.getFields());
  // What clients request most: one swap, by a variable.
  const chosen =
    chance(draw, 2) && !isMutation
      ? [root.getFields()['swapResult'] as GraphQLField<unknown, unknown>]
      : draw(fc.subarray, roots, { minLength: 1, maxLength: 2 });
  const body = chosen.flatMap((definition) => {
    const given = writeArguments(definition);
    return chance(draw, 5)
      ? [field(definition, given), field(definition, given)]
      : [field(definition, given)];
  });
  const name = draw(fc.constantFrom, undefined, 'Asked');
  const list = Object.entries(variables).map(
    ([variable, type]) => `$${variable}: ${type}${variable in defaults ? ` = ${defaults[variable]}` : ''}`,
  );
  const head = `${isMutation ? 'mutation' : 'query'}${name ? ` ${name}` : ''}${list.length > 0 ? `(${list.join(', ')})` : ''}`;
  const text = [`${head} { ${body.join(' ')} }`, ...fragments.values()].join('\n');
  return { text: chance(draw, 120) ? text.slice(0, -1) : text, name, variables };
}

/** True for one draw in `n`; never for infinity. */
function chance(draw: Draw, n: number): boolean {
  if (n === Number.POSITIVE_INFINITY) return false;
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

/** Literals that graphql-jit mistakes for its own markers and copies into the code it generates. */
const markers = [
  '__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8',
  '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d0)+(() => { throw 1; })()+(0',
];

const oddValues = [null, '', 'text', 0, -1, 1.5, 2 ** 53, true, [], {}, ['succeeded']];

function drawValue(type: GraphQLInputType, draw: Draw): unknown {
  if (chance(draw, 60)) return draw(fc.constantFrom, ...oddValues);
  if (!isNonNullType(type) && chance(draw, 6)) return null;
  const nullable = getNullableType(type);
  // A single value is coerced to a list.
  if (isListType(nullable) && !chance(draw, 6))
    return Array.from({ length: draw(evenly, 3) }, () => drawValue(nullable.ofType, draw));
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
    case 'DateTime':
      return draw(fc.constantFrom, '2026-01-31T12:00:00Z', '2026-01-31T12:00:00+01:00', 'nonsense');
    case 'URL':
      return draw(fc.constantFrom, 'https://example.com/a.jpg', 'https://example.com/b.jpg', 'nonsense');
    case 'ID':
      return draw(fc.constantFrom, ...fixtureIds, 'succeeded', 'succeeded', 'failed', 7, ...markers);
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
