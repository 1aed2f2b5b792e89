import { type ExecutionResult, GraphQLError } from 'graphql';
import type { SwapView } from '../../swap/watch.js';
import type { GatewayContext } from '../context.js';
import type { CompiledOperation, Variables } from './compiled-operations.js';
import type { ErrorFormatter } from './format-error.js';
import type { ResponseLimit } from './response-limit.js';

/** The operation of one subscription. */
export interface Subscribed {
  readonly operation: CompiledOperation;
  readonly variables: Variables | undefined;
  context(): GatewayContext;
}

/**
 * The JSON payload of one event. Executed once for all subscriptions with the same operation and variables: they share the
 * view object, and all of them are authorized to see the swap. Never throws or rejects.
 */
export type SharedPayloads = (view: SwapView, subscribed: Subscribed) => string | Promise<string>;

/** An event over the size limit is replaced by an error that says so. */
export function createSharedPayloads(
  formatError: ErrorFormatter,
  responseLimit: ResponseLimit,
): SharedPayloads {
  const byView = new WeakMap<SwapView, Map<CompiledOperation | string, string | Promise<string>>>();
  const ids = new WeakMap<CompiledOperation, number>();
  let lastId = 0;

  /** The operation alone, if its only variable is the swap id: all subscriptions to a view have the same one. */
  const keyOf = ({ operation, variables }: Subscribed): CompiledOperation | string => {
    if (operation.swapVariable !== undefined || !variables) return operation;
    const id = ids.get(operation) ?? ++lastId;
    ids.set(operation, id);
    return `${id} ${JSON.stringify(variables)}`;
  };

  return (view, subscribed) => {
    const payloads = byView.get(view) ?? new Map<CompiledOperation | string, string | Promise<string>>();
    byView.set(view, payloads);
    const key = keyOf(subscribed);
    const known = payloads.get(key);
    if (known !== undefined) return known;

    const context = subscribed.context();
    const finish = ({ data, errors }: ExecutionResult): string => {
      const formatted = errors?.map((error) => formatError(error, context.requestId));
      const payload = JSON.stringify({ data, errors: formatted });
      const problem = data === undefined ? undefined : responseLimit(payload);
      if (problem) return finish({ errors: [new GraphQLError(problem.message, { originalError: problem })] });
      // Not shared: an error contains the request id.
      if (formatted) payloads.delete(key);
      else payloads.set(key, payload);
      return payload;
    };
    const fail = (error: unknown): string => {
      const originalError = error instanceof Error ? error : new Error(String(error));
      return finish({ errors: [new GraphQLError(originalError.message, { originalError })] });
    };
    try {
      const outcome = subscribed.operation.execute(view, context, subscribed.variables);
      if (!(outcome instanceof Promise)) return finish(outcome);
      const pending = outcome.then(finish).catch(fail);
      payloads.set(key, pending);
      return pending;
    } catch (error) {
      return fail(error);
    }
  };
}
