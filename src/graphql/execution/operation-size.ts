import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** Size of an operation, with every fragment counted at each spread. */
export interface OperationSize {
  /** Nesting depth of fields; 1 for `{ id }`. Introspection counts as one level, since graphql-js limits it separately. */
  depth: number;
  aliases: number;
  rootFields: number;
  directives: number;
}

interface Size extends Omit<OperationSize, 'rootFields'> {
  fields: number;
}

const nothing: Size = { depth: 0, aliases: 0, fields: 0, directives: 0 };

/**
 * Measures one operation. Each fragment is visited once, so the time is linear in the document's length even where the counts
 * are astronomical. Fragment cycles, which are invalid anyway, count once.
 */
export function measureOperation(document: DocumentNode, operation: OperationDefinitionNode): OperationSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Size>();

  const fragmentSize = (name: string): Size => {
    const known = measured.get(name);
    if (known) return known;
    measured.set(name, nothing);
    const fragment = fragments.get(name);
    const size = fragment ? selectionSize(fragment.selectionSet) : nothing;
    measured.set(name, size);
    return size;
  };

  const selectionSize = ({ selections }: SelectionSetNode): Size => {
    const total = { ...nothing };
    for (const selection of selections) {
      total.directives += selection.directives?.length ?? 0;
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? fragmentSize(selection.name.value)
          : selection.selectionSet
            ? selectionSize(selection.selectionSet)
            : nothing;
      const isField = selection.kind === Kind.FIELD;
      const depth = isField ? 1 + (selection.name.value.startsWith('__') ? 0 : inner.depth) : inner.depth;
      total.depth = Math.max(total.depth, depth);
      total.aliases += inner.aliases + (isField && selection.alias ? 1 : 0);
      total.directives += inner.directives;
      total.fields += isField ? 1 : inner.fields;
    }
    return total;
  };

  const { depth, aliases, fields, directives } = selectionSize(operation.selectionSet);
  const own = [operation, ...(operation.variableDefinitions ?? [])].reduce(
    (sum, node) => sum + (node.directives?.length ?? 0),
    0,
  );
  return { depth, aliases, rootFields: fields, directives: directives + own };
}
