import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  stripIgnoredCharacters,
  type Token,
  type ValidationRule,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { badUserInput, GatewayError } from '../../swap/errors.js';
import type { GatewayContext } from '../context.js';
import { maxBodyBytes, readDocument } from './limits.js';
import { notNullVariables } from './null-variables.js';
import { compileCost } from './query-cost.js';

export type Variables = Record<string, unknown>;
type Outcome = ExecutionResult | Promise<ExecutionResult>;

/**
 * The single operation of a validated document. Subscriptions hold it for their whole lifetime, so it retains only the text;
 * the parsed and compiled forms are cached and rebuilt on demand after eviction.
 */
export interface CompiledOperation {
  readonly type: OperationTypeNode;
  /** Operation name; undefined for an anonymous operation. */
  readonly name: string | undefined;
  /** Name of the only root field, if there is just one. */
  readonly field: string | undefined;
  /** Names of declared variables. */
  readonly variableNames: readonly string[];
  /** The variable that holds the swap id, if the result depends on no other variable. */
  readonly swapVariable: string | undefined;
  /** The document; parsed again after eviction. */
  readDocument(): DocumentNode;
  /** BAD_USER_INPUT if a non-null variable is null or the operation exceeds the cost limit with these variables. */
  check(variables: Variables | undefined): GatewayError | undefined;
  /**
   * Executes the operation, compiled or with graphql-js; the result is the same.
   *
   * @param rootValue the event of a subscription; undefined for queries and mutations
   */
  execute(rootValue: unknown, context: GatewayContext, variables: Variables | undefined): Outcome;
}

/** Compiles operations to functions. Never throws. */
export interface QueryCompiler {
  /** @returns `later` while the compiler is not loaded; undefined for a document that graphql-js must execute */
  compile(
    schema: GraphQLSchema,
    document: DocumentNode,
    name: string | undefined,
  ): CompiledQuery | 'later' | undefined;
}

/** LRU cache of operations by text, so that none is parsed, validated or compiled twice. */
export interface CompiledOperations {
  /** The operation, if it is cached. */
  known(text: string): CompiledOperation | undefined;
  /** @param document the parsed and validated text. @returns undefined for a document without an operation */
  remember(text: string, document: DocumentNode): CompiledOperation | undefined;
  /** Parses, validates and caches the text. @returns the operation, or the errors */
  read(text: string): CompiledOperation | readonly GraphQLError[];
}

const textBounds = { max: 500, maxSize: 8 * maxBodyBytes };
/** Cache size for documents and compiled operations, estimated bytes: about 600 per token, plus the text. */
const programBounds = { max: 500, maxSize: 8 * 1024 * 1024 };
const bytesPerToken = 600;
/** Longer texts are stored minified; line numbers in error messages then refer to the minified text. */
const maxVerbatimLength = 4096;
/** Not counting comments and whitespace. Bounds the bytes retained per subscription when all documents differ. */
const maxSubscriptionLength = 16_384;

/** Compiling takes about a millisecond, which does not pay off for an operation executed once or twice. */
const usesBeforeCompiling = 3;

/** The evictable part of an operation. */
interface Program {
  readonly document: DocumentNode;
  uses: number;
  compiled: CompiledQuery | undefined;
}

/**
 * @param compiler undefined: graphql-js executes everything
 * @param maxCost limit per operation, see `OperationCost`
 */
export function createCompiledOperations(
  schema: GraphQLSchema,
  rules: readonly ValidationRule[],
  compiler: QueryCompiler | undefined,
  maxCost: number,
): CompiledOperations {
  const byText = new LRUCache<string, CompiledOperation>(textBounds);
  const programs = new LRUCache<CompiledOperation, Program>(programBounds);

  const programOf = (operation: CompiledOperation, text: string): Program => {
    const known = programs.get(operation);
    return known ?? addProgram(operation, parse(text));
  };
  const addProgram = (operation: CompiledOperation, document: DocumentNode): Program => {
    const program: Program = { document, uses: 0, compiled: undefined };
    const textLength = document.loc?.source.body.length ?? 0;
    programs.set(operation, program, { size: textLength + bytesPerToken * countTokens(document) });
    return program;
  };

  const create = (
    text: string,
    document: DocumentNode,
    definition: OperationDefinitionNode,
  ): CompiledOperation => {
    // Compiled operations may order errors differently. Queries are then executed again; mutations cannot be.
    const mayCompile = compiler && definition.operation !== OperationTypeNode.MUTATION;
    const name = definition.name?.value;
    const costOf = compileCost(schema, document, definition);
    const notNull = notNullVariables(schema, document, definition);

    /** The compiled operation, from its third use on. */
    const compiled = (): CompiledQuery | undefined => {
      if (!mayCompile) return undefined;
      const program = programOf(operation, text);
      if (program.uses > usesBeforeCompiling) return program.compiled;
      if (program.uses < usesBeforeCompiling) program.uses += 1;
      if (program.uses < usesBeforeCompiling) return undefined;
      const outcome = compiler.compile(schema, program.document, name);
      if (outcome === 'later') return undefined;
      program.uses += 1;
      program.compiled = outcome;
      return outcome;
    };

    const operation: CompiledOperation = {
      type: definition.operation,
      name,
      field: onlyField(definition)?.name.value,
      variableNames: definition.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [],
      swapVariable: swapVariableOf(definition),
      check(variables) {
        const nulls = notNull.filter((variable) => variables?.[variable] === null);
        if (nulls.length > 0)
          return badUserInput(nulls.map((path) => ({ path, message: 'must not be null' })));
        const cost = costOf(variables);
        return cost > maxCost ? tooCostly(cost, maxCost) : undefined;
      },
      readDocument: () => programOf(operation, text).document,
      execute(rootValue, context, variables) {
        const interpret = (): Outcome =>
          execute({
            schema,
            document: operation.readDocument(),
            rootValue,
            contextValue: context,
            variableValues: variables ?? null,
          }) as Outcome;
        const outcome = compiled()?.query(rootValue, context, variables);
        if (!outcome) return interpret();
        const check = (result: ExecutionResult): Outcome =>
          (result.errors?.length ?? 0) > 1 ? interpret() : result;
        return outcome instanceof Promise ? outcome.then(check) : check(outcome);
      },
    };
    addProgram(operation, document);
    return operation;
  };

  const remember = (text: string, given: DocumentNode): CompiledOperation | undefined => {
    const kept = text.length > maxVerbatimLength ? stripIgnoredCharacters(text) : text;
    // Parsed again: names in a document are slices of the original text and would retain all of it.
    const document = kept === text ? given : parse(kept);
    const definition = getOperationAST(document);
    if (!definition) return undefined;
    const operation = create(kept, document, definition);
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
      if (isTooLong(text, document)) return [tooLong()];
      // Valid documents have exactly one operation.
      return remember(text, document) as CompiledOperation;
    },
  };
}

/** Whether it is a subscription whose text exceeds the limit. */
function isTooLong(text: string, document: DocumentNode): boolean {
  return (
    getOperationAST(document)?.operation === OperationTypeNode.SUBSCRIPTION &&
    text.length > maxSubscriptionLength &&
    stripIgnoredCharacters(text).length > maxSubscriptionLength
  );
}

function tooLong(): GraphQLError {
  return new GraphQLError(
    `A subscription may have at most ${maxSubscriptionLength} characters, not counting comments and whitespace.`,
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
  );
}

function countTokens({ loc }: DocumentNode): number {
  let count = 0;
  for (let token: Token | null | undefined = loc?.startToken; token; token = token.next) count += 1;
  return count;
}

/** Drops undeclared variables, which would otherwise be retained. */
export function declaredVariables(
  { variableNames }: CompiledOperation,
  given: Variables | undefined,
): Variables | undefined {
  if (!given) return undefined;
  const declared = variableNames.filter((name) => Object.hasOwn(given, name));
  return declared.length === 0 ? undefined : Object.fromEntries(declared.map((name) => [name, given[name]]));
}

function tooCostly(cost: number, maxCost: number): GatewayError {
  const message = `The operation costs ${cost} (fields times items); the limit is ${maxCost}. Request fewer fields or a smaller page.`;
  return new GatewayError('BAD_USER_INPUT', message, { cost, maxCost });
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
