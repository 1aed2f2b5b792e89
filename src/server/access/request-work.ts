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
  const textOf = (reference: OperationReference): unknown => {
    if (!trustedDocuments) return reference.query;
    try {
      return trustedDocuments(reference);
    } catch (error) {
      if (error instanceof GatewayError) return undefined;
      throw error;
    }
  };
  return (method, body) => {
    if (method !== 'POST' || typeof body !== 'object' || body === null || Array.isArray(body)) return 'query';
    const { operationName } = body as { operationName?: unknown };
    const text = textOf(body);
    if (typeof text !== 'string') return 'query';
    const kind =
      operations.known(text)?.type ??
      kindOfOperation(text, typeof operationName === 'string' ? operationName : undefined);
    return kind === OperationTypeNode.MUTATION ? 'mutation' : 'query';
  };
}
