import { type ExecutionResult, OperationTypeNode } from 'graphql';
import type {
  CompiledOperation,
  CompiledOperations,
  Variables,
} from '../graphql/execution/compiled-operations.js';
import type { ErrorFormatter } from '../graphql/execution/format-error.js';
import type { CachedExecution } from '../server/http/graphql-handler.js';
import { createEndedAnswers } from './response-cache.js';

export function createShortWay(operations: CompiledOperations, present: ErrorFormatter): CachedExecution {
  const endedAnswers = createEndedAnswers();

  const write = ({ data, errors = [] }: ExecutionResult, requestId: string): string | undefined => {
    // The order of several errors is not the same in compiled operations, so a query is asked again by Apollo then.
    if (data === undefined || errors.length > 1) return undefined;
    const presented = errors.length > 0 ? errors.map((error) => present(error, requestId)) : undefined;
    return `${JSON.stringify({ errors: presented, data })}\n`;
  };

  return (body, context) => {
    const request = readPlainRequest(body);
    const operation = request && operations.known(request.query);
    if (!operation || !isFit(operation, request.operationName)) return undefined;
    if (operation.refusal(request.variables)) return undefined;

    const { swapVariable } = operation;
    const isRead = operation.field === 'swapResult' && swapVariable !== undefined;
    const id = isRead ? request.variables?.[swapVariable] : undefined;
    const { principal, services, requestId } = context;
    const ended = typeof id === 'string' ? services.swaps.endedAtHand(principal.client, id) : undefined;
    const known = ended && endedAnswers.get(ended, operation);
    if (known !== undefined) {
      services.onAnsweredAtHand?.();
      return known;
    }

    const finish = (result: ExecutionResult): string | undefined => {
      const answer = write(result, requestId);
      if (ended && answer !== undefined && !result.errors) endedAnswers.set(ended, operation, answer);
      return answer;
    };
    const outcome = operation.run(context, request.variables);
    if (outcome === false) return undefined;
    return outcome instanceof Promise ? outcome.then(finish) : finish(outcome);
  };
}

interface PlainRequest {
  query: string;
  operationName: string | undefined;
  variables: Variables | undefined;
}

/** What was sent, if it has the forms that nothing can be wrong with. */
function readPlainRequest(body: unknown): PlainRequest | undefined {
  if (!isRecord(body)) return undefined;
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string') return undefined;
  if (operationName != null && typeof operationName !== 'string') return undefined;
  if (variables != null && !isRecord(variables)) return undefined;
  // Extensions may ask for something, and that is Apollo's to refuse.
  if (extensions != null && !(isRecord(extensions) && Object.keys(extensions).length === 0)) return undefined;
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

/** Of mutations only those with one field, which fails as a whole if it does: they could not be asked again. */
function isFit({ type, rootSelections, name }: CompiledOperation, askedName: string | undefined): boolean {
  if (askedName !== undefined && askedName !== name) return false;
  return type === OperationTypeNode.QUERY || (type === OperationTypeNode.MUTATION && rootSelections === 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
