import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/**
 * Input scalars accept any string or number. `swap/` validates the values and reports all invalid fields at once with their
 * paths, while an error in a scalar would fail the whole operation.
 */

export const UrlScalar = new GraphQLScalarType<string, string>({
  name: 'URL',
  description: 'Absolute HTTP or HTTPS URL.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  serialize: String,
  parseValue: (value) => {
    if (typeof value === 'string') return value;
    throw cannotRepresent('URL', value);
  },
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING) return node.value;
    throw cannotRepresent('URL', node);
  },
});

export const SafeIntScalar = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description: 'Integer between -(2^53 - 1) and 2^53 - 1, the range that JSON numbers represent exactly.',
  serialize: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw cannotRepresent('SafeInt', value);
  },
  parseValue: (value) => {
    if (typeof value === 'number') return value;
    throw cannotRepresent('SafeInt', value);
  },
  parseLiteral: (node) => {
    if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return Number(node.value);
    throw cannotRepresent('SafeInt', node);
  },
});

export const DateTimeScalar = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description:
    'Date and time, ISO 8601. In responses always in UTC: `2026-01-31T12:00:00.000Z`. In arguments with any offset.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (value) => new Date(value as number).toISOString(),
  parseValue: (value) => {
    if (typeof value === 'string') return value;
    throw cannotRepresent('DateTime', value);
  },
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING) return node.value;
    throw cannotRepresent('DateTime', node);
  },
});

function cannotRepresent(scalar: string, value: unknown): GraphQLError {
  const nodes =
    typeof value === 'object' && value !== null && 'kind' in value ? [value as ValueNode] : undefined;
  return new GraphQLError(`${scalar} cannot represent this value.`, nodes && { nodes });
}
