import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type GraphQLInputFieldMap,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/graphql/schema/schema.js';

const root = join(import.meta.dirname, '../..');
const contract = buildSchema(readFileSync(join(root, 'testing/contract.graphql'), 'utf8'));
const emitted = await createSchema();

/** Everything that a client may rely on, one line each: `Type.field(argument): type = default`. */
function elements(schema: GraphQLSchema): Map<string, string> {
  const lines = new Map<string, string>();
  for (const type of ownTypes(schema)) {
    lines.set(type.name, type.astNode?.kind ?? type.constructor.name);
    if (isEnumType(type)) for (const { name } of type.getValues()) lines.set(`${type.name}.${name}`, 'value');
    if (isInputObjectType(type)) addInputs(lines, type.name, type.getFields());
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      lines.set(`${type.name}.${field.name}`, String(field.type));
      for (const argument of field.args) {
        lines.set(
          `${type.name}.${field.name}(${argument.name})`,
          `${argument.type} = ${JSON.stringify(argument.defaultValue)}`,
        );
      }
    }
  }
  return lines;
}

function addInputs(lines: Map<string, string>, typeName: string, fields: GraphQLInputFieldMap): void {
  for (const { name, type, defaultValue } of Object.values(fields)) {
    lines.set(`${typeName}.${name}`, `${type} = ${JSON.stringify(defaultValue)}`);
  }
}

function ownTypes(schema: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
  );
}

const built = elements(emitted);

test.each([...elements(contract)].filter(([, kind]) => !kind.endsWith('Definition')))(
  'has %s as in the contract: %s',
  (element, signature) => {
    expect(built.get(element)).toBe(signature);
  },
);

test('has every type of the contract, as the same kind', () => {
  const kindOf = (schema: GraphQLSchema) =>
    Object.fromEntries(ownTypes(schema).map((type) => [type.name, type.constructor.name]));
  expect(kindOf(emitted)).toMatchObject(kindOf(contract));
});

test('describes every type, field, argument and enum value', () => {
  const undescribed: string[] = [];
  const check = (name: string, { description }: { description?: string | null | undefined }): void => {
    if (!description) undescribed.push(name);
  };
  for (const type of ownTypes(emitted)) {
    check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field);
      for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name})`, argument);
    }
  }
  expect(undescribed).toEqual([]);
});
