import type { IncomingHttpHeaders } from 'node:http';
import type { CompiledOperations } from '../../graphql/execution/compiled-operations.js';
import type { TrustedDocuments } from '../../graphql/execution/trusted-documents.js';
import type { Principal } from '../../swap/principal.js';
import { errorCodeOf, type Span, type SpanAttributes, type Tracing } from '../../swap/tracing.js';
import { createOperationReader } from '../access/request-work.js';

/** The parts of a request that its span is about. */
interface TracedRequest {
  headers: IncomingHttpHeaders;
  /** Parsed; undefined for GET. */
  body: unknown;
}

/** Makes the span `graphql.operation` of each admitted operation. The caller's `traceparent` is its parent. */
export interface OperationTracing {
  start(request: TracedRequest, principal: Principal): Span;
  /** Ends a recorded span with the execution. @returns the same result */
  ended<Result extends { status: number; body: string }>(
    span: Span,
    execute: () => Result | Promise<Result>,
  ): Result | Promise<Result>;
}

/** @returns undefined while tracing is off */
export function createOperationTracing(
  tracing: Tracing,
  operations: Pick<CompiledOperations, 'known'>,
  trustedDocuments: TrustedDocuments | undefined,
): OperationTracing | undefined {
  if (!tracing.isOn) return undefined;
  const readOperation = createOperationReader(operations, trustedDocuments);
  const finish = (span: Span, { status, body }: { status: number; body: string }): void => {
    span.set({ 'http.response.status_code': status });
    span.end(status >= 400 || body.startsWith('{"errors"') ? 'GRAPHQL_ERROR' : undefined);
  };

  return {
    start({ headers, body }, principal) {
      const parent = parentOf(headers);
      const span = tracing.start('graphql.operation', parent === undefined ? undefined : { parent });
      if (span.isRecording) span.set(operationAttributes(readOperation(body), principal));
      return span;
    },
    ended(span, execute) {
      const fail = (error: unknown): never => {
        span.end(errorCodeOf(error));
        throw error;
      };
      try {
        const result = execute();
        if (result instanceof Promise)
          return result.then((value) => {
            finish(span, value);
            return value;
          }, fail);
        finish(span, result);
        return result;
      } catch (error) {
        return fail(error);
      }
    },
  };
}

/** The caller's `traceparent`. Repeated headers arrive as a list, and are malformed. */
export const parentOf = ({ traceparent }: IncomingHttpHeaders): string | undefined =>
  typeof traceparent === 'string' ? traceparent : undefined;

/** GraphQL names have no other characters; anything else is not a name, and will be rejected. */
const nameForm = /^[_A-Za-z][_0-9A-Za-z]{0,63}$/;

export const operationAttributes = (
  { type, name }: { type?: string | undefined; name?: string | null | undefined },
  { client }: Principal,
): SpanAttributes => ({
  'graphql.operation.type': type ?? 'query',
  'graphql.operation.name': name != null && nameForm.test(name) ? name : undefined,
  'swap.client': client,
});
