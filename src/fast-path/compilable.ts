import { BREAK, type DocumentNode, Kind, type ValueNode, visit } from 'graphql';

/**
 * Whether graphql-jit may compile a validated document. It executes some documents differently from graphql-js and inserts
 * string literals into the code it generates, so only documents unaffected by both are compiled:
 *
 * - no directives: `@skip` and `@include` misbehave on fragments, merged fields and nullable variables;
 * - no literals but numbers, booleans, enum values and null: a string literal can be executed as code, and variables within
 *   lists and objects are neither validated nor omitted;
 * - no `__proto__` and the like as alias or variable; no introspection, whose code would be large.
 */
export function isCompilable(document: DocumentNode): boolean {
  let isSafe = true;
  const reject = (): typeof BREAK => {
    isSafe = false;
    return BREAK;
  };
  visit(document, {
    Directive: reject,
    Field: ({ alias, name }) =>
      isReserved(alias?.value) || (isReserved(name.value) && name.value !== '__typename')
        ? reject()
        : undefined,
    Argument: ({ value }) => (isSimple(value) ? undefined : reject()),
    VariableDefinition: ({ variable, defaultValue }) =>
      isReserved(variable.name.value) || (defaultValue && !isSimple(defaultValue)) ? reject() : undefined,
  });
  return isSafe;
}

const simpleKinds: ReadonlySet<ValueNode['kind']> = new Set([
  Kind.VARIABLE,
  Kind.INT,
  Kind.BOOLEAN,
  Kind.ENUM,
  Kind.NULL,
]);

function isSimple({ kind }: ValueNode): boolean {
  return simpleKinds.has(kind);
}

function isReserved(name: string | undefined): boolean {
  return name?.startsWith('__') ?? false;
}
