import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FieldNode,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { SwapError } from '../swap/swap-error.js';
import type { GatewayContext } from './context.js';
import { maxBodyBytes, readDocument } from './operation-limits.js';
import { compileCost } from './query-cost.js';

export type Variables = Record<string, unknown>;
type Outcome = ExecutionResult | Promise<ExecutionResult>;

/** The one operation of a document that keeps all rules and limits. */
export interface Operation {
  readonly definition: OperationDefinitionNode;
  readonly document: DocumentNode;
  /** Of the operation in its document; undefined when it has none. */
  readonly name: string | undefined;
  /** When it asks for one field and nothing else: its name. */
  readonly field: string | undefined;
  /** The variable that holds the id of the swap, when that is all that what it gives depends on. */
  readonly swapVariable: string | undefined;
  /**
   * Runs it compiled; false when it is not: so far it was asked for too seldom, or it does not compile.
   * A result without `data` was not begun, since its variables do not fit.
   */
  run(context: GatewayContext, variables: Variables | undefined): Outcome | false;
  /** What is wrong with running it with these variables: BAD_USER_INPUT if it asks for too much. */
  refusal(variables: Variables | undefined): SwapError | undefined;
  /** Gives the result for one event of a subscription, compiled or not. */
  render(event: unknown, context: GatewayContext, variables: Variables | undefined): Outcome;
}

/** Operations by their text, so that none is parsed, validated or compiled twice. Bounded; the least used are forgotten. */
export interface Operations {
  /** What `remember` or `read` was given, if it is still known. */
  known(text: string): Operation | undefined;
  /** @param document of the text, and valid. @returns undefined for a document without an operation */
  remember(text: string, document: DocumentNode): Operation | undefined;
  /** The operation, or what is wrong with the text. */
  read(text: string): Operation | readonly GraphQLError[];
}

/** A compiled operation takes some 30 KB, and a document several times its text. */
const bounds = { max: 500, maxSize: 8 * maxBodyBytes };
/** Loaded when there is something to compile, since that is never at the start. */
type Compiler = typeof import('graphql-jit');

/** Compiling takes about a millisecond, which a text that comes once or twice would not be worth. */
const usesBeforeCompiling = 3;

/** @param maxCost of one operation, see `OperationCost` */
export function createOperations(
  schema: GraphQLSchema,
  rules: readonly ValidationRule[],
  maxCost: number,
): Operations {
  const byText = new LRUCache<string, Operation>(bounds);
  let compiler: Compiler | undefined;
  let isLoading = false;
  const getCompiler = (): Compiler | undefined => {
    if (!isLoading) {
      isLoading = true;
      void import('graphql-jit').then((loaded) => {
        compiler = loaded;
      });
    }
    return compiler;
  };
  const remember = (text: string, document: DocumentNode): Operation | undefined => {
    const definition = getOperationAST(document);
    if (!definition) return undefined;
    const operation = createOperation(schema, document, definition, getCompiler, maxCost);
    byText.set(text, operation, { size: text.length + 1 });
    return operation;
  };
  return {
    known: (text) => byText.get(text),
    remember,
    read(text) {
      const known = byText.get(text);
      if (known) return known;
      const document = readDocument(schema, text, rules);
      if (Array.isArray(document)) return document;
      // A document without an operation is not valid, and more than one is against the rules.
      return remember(text, document) as Operation;
    },
  };
}

function createOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  definition: OperationDefinitionNode,
  getCompiler: () => Compiler | undefined,
  maxCost: number,
): Operation {
  const isCompilable = !asksForSchema(definition);
  let uses = 0;
  let compiled: CompiledQuery | undefined;
  const name = definition.name?.value;
  const costOf = compileCost(schema, document, definition);

  /** The operation as a function, from its third use on. */
  const program = (): CompiledQuery | undefined => {
    if (uses > usesBeforeCompiling || !isCompilable) return compiled;
    if (uses < usesBeforeCompiling) uses += 1;
    const compiler = uses === usesBeforeCompiling ? getCompiler() : undefined;
    if (!compiler) return undefined;
    uses += 1;
    const outcome = compiler.compileQuery<Variables, Variables>(schema, document, name);
    if (compiler.isCompiledQuery(outcome)) compiled = outcome;
    return compiled;
  };

  return {
    definition,
    document,
    name,
    field: onlyField(definition)?.name.value,
    swapVariable: swapVariableOf(definition),
    refusal(variables) {
      const cost = costOf(variables);
      return cost > maxCost ? tooCostly(cost, maxCost) : undefined;
    },
    run: (context, variables) => program()?.query(undefined, context, variables) ?? false,
    render: (event, context, variables) =>
      program()?.query(event, context, variables) ??
      execute({
        schema,
        document,
        rootValue: event,
        contextValue: context,
        variableValues: variables ?? null,
      }),
  };
}

function tooCostly(cost: number, maxCost: number): SwapError {
  const message = `The operation costs ${cost}, that is fields times items; at most ${maxCost} is allowed. Ask for fewer fields or a smaller page.`;
  return new SwapError('BAD_USER_INPUT', message, { cost, maxCost });
}

/** Introspection is rare, and large when compiled. */
function asksForSchema({ selectionSet }: OperationDefinitionNode): boolean {
  return selectionSet.selections.some(
    (selection) => selection.kind !== Kind.FIELD || selection.name.value.startsWith('__'),
  );
}

function onlyField({ selectionSet }: OperationDefinitionNode): FieldNode | undefined {
  const [field, ...others] = selectionSet.selections;
  return field?.kind === Kind.FIELD && others.length === 0 ? field : undefined;
}

function swapVariableOf(definition: OperationDefinitionNode): string | undefined {
  const value = onlyField(definition)?.arguments?.find(({ name }) => name.value === 'id')?.value;
  const isOnly = definition.variableDefinitions?.length === 1;
  return isOnly && value?.kind === Kind.VARIABLE ? value.name.value : undefined;
}
