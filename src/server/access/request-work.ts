import { OperationTypeNode } from 'graphql';
import type { CompiledOperations } from '../../graphql/execution/compiled-operations.js';
import { kindOfOperation } from '../../graphql/execution/operation-kind.js';
import type { OperationReference, TrustedDocuments } from '../../graphql/execution/trusted-documents.js';
import { GatewayError } from '../../swap/errors.js';
import type { Work } from './load-shedder.js';

/**
 * Whether a request to `/graphql` is a mutation, by the operation that it would execute. Requests that will be rejected anyway
 * (batches, mutations over GET, documents that do not parse) count as queries, which are shed first.
 */
export type WorkReader = (method: string, body: unknown) => Work;

export function createWorkReader(
  operations: Pick<CompiledOperations, 'known'>,
  trustedDocuments: TrustedDocuments | undefined,
): WorkReader {
  const readOperation = createOperationReader(operations, trustedDocuments);
  return (method, body) => {
    const kind = method === 'POST' ? readOperation(body).type : undefined;
    return kind === OperationTypeNode.MUTATION ? 'mutation' : 'query';
  };
}

/** Which operation a request would execute, as far as that can be told before it is parsed. */
export type OperationReader = (body: unknown) => {
  type?: OperationTypeNode | undefined;
  name?: string | undefined;
};

export function createOperationReader(
  operations: Pick<CompiledOperations, 'known'>,
  trustedDocuments: TrustedDocuments | undefined,
): OperationReader {
  const textOf = (reference: OperationReference): unknown => {
    if (!trustedDocuments) return reference.query;
    try {
      return trustedDocuments(reference);
    } catch (error) {
      if (error instanceof GatewayError) return undefined;
      throw error;
    }
  };
  return (body) => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return {};
    const { operationName } = body as { operationName?: unknown };
    const requested = typeof operationName === 'string' ? operationName : undefined;
    const text = textOf(body);
    if (typeof text !== 'string') return {};
    const known = operations.known(text);
    return { type: known?.type ?? kindOfOperation(text, requested), name: requested ?? known?.name };
  };
}
