import {
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  type ValidationRule,
} from 'graphql';
import { CloseCode, type ServerOptions } from 'graphql-ws';
import type { GatewayContext, GatewayServices } from '../graphql/context.js';
import type { ErrorPresenter } from '../graphql/error-presenter.js';
import { readDocument } from '../graphql/operation-limits.js';
import type { TrustedDocuments } from '../graphql/trusted-documents.js';
import { SwapError } from '../swap/swap-error.js';
import type { Admission } from './admission.js';
import type { SocketState } from './graphql-socket.js';
import { createPlaces } from './places.js';
import { maxOperationIdLength, type SocketCaps, type SocketTimes } from './socket-limits.js';

export interface SubscriptionHooksOptions {
  schema: GraphQLSchema;
  rules: readonly ValidationRule[];
  admission: Admission;
  services: GatewayServices;
  present: ErrorPresenter;
  trustedDocuments: TrustedDocuments | undefined;
  caps: SocketCaps;
  times: SocketTimes;
}

/** Names the socket's closing to a client that had better come back later; graphql-ws's clients do. */
const tryAgainLater = 1013;

/** What is asked of whom connects and subscribes: the same as over HTTP, plus places for sockets and subscriptions. */
export function createSubscriptionHooks(
  options: SubscriptionHooksOptions,
): ServerOptions<Record<string, unknown>, SocketState> {
  const { schema, rules, admission, services, present, trustedDocuments, caps, times } = options;
  const socketPlaces = createPlaces(caps.maxSocketsPerClient);
  const subscriptionPlaces = createPlaces(caps.maxSubscriptionsPerClient);

  const onConnect = async (
    state: SocketState,
    parameters: Record<string, unknown> | undefined,
  ): Promise<boolean> => {
    const given = parameters?.['authorization'] ?? parameters?.['Authorization'];
    const authorization = typeof given === 'string' ? given : state.authorization;
    const { host, address } = state;
    try {
      const principal = await admission.admit({
        authorization,
        host,
        address: () => address,
        work: 'connection',
      });
      if (!state.isOpen()) return false;
      if (!socketPlaces.enter(principal.client)) {
        state.close(tryAgainLater, 'Too many connections of this client');
        return false;
      }
      state.principal = principal;
      return true;
    } catch (error) {
      if (!(error instanceof SwapError)) throw error;
      if (error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE')
        state.close(tryAgainLater, error.message);
      return false;
    }
  };

  /** The arguments to subscribe with. @throws SwapError or GraphQLError for what is refused */
  const onSubscribe = (state: SocketState, payload: SubscribePayload) => {
    const { principal } = state;
    if (!principal) throw new Error('a subscription came before the connection was acknowledged');
    const requestId = `${state.id}.${++state.operationCount}`;
    admission.admitAgain(principal, 'query');
    const text = trustedDocuments ? trustedDocuments(payload) : payload.query;
    const document = readDocument(schema, text, rules);
    if (Array.isArray(document)) return document;
    const operation = getOperationAST(document, payload.operationName);
    if (!operation) throw refusal('No such operation in the document.', 'OPERATION_RESOLUTION_FAILURE');
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION)
      throw refusal('Only subscriptions here; send queries and mutations over HTTP.', 'BAD_REQUEST');
    if (state.operations.size >= caps.maxSubscriptionsPerSocket)
      throw new SwapError('RATE_LIMITED', 'Too many subscriptions on this connection.', { retryAfter: 1 });
    if (!subscriptionPlaces.enter(principal.client))
      throw new SwapError('RATE_LIMITED', 'Too many subscriptions of this client.', { retryAfter: 1 });
    state.operations.set(payload, { requestId, iterator: undefined });
    const contextValue: GatewayContext = { principal, requestId, services };
    return {
      schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? null,
      contextValue,
    };
  };

  const end = (state: SocketState, payload: object): void => {
    if (state.operations.delete(payload) && state.principal) subscriptionPlaces.leave(state.principal.client);
  };

  return {
    connectionInitWaitTimeout: times.initTimeoutMs,
    onConnect: ({ connectionParams, extra }) => onConnect(extra, connectionParams),
    onSubscribe({ extra }, id, payload) {
      if (id.length > maxOperationIdLength) {
        extra.close(CloseCode.BadRequest, 'Operation id is too long');
        return [refusal('Operation id is too long.', 'BAD_REQUEST')];
      }
      try {
        return onSubscribe(extra, payload);
      } catch (error) {
        if (error instanceof GraphQLError) return [error];
        if (error instanceof SwapError) return [new GraphQLError(error.message, { originalError: error })];
        throw error;
      }
    },
    onOperation({ extra }, _id, payload, _args, result) {
      if (!(Symbol.asyncIterator in result)) return;
      const iterator = result[Symbol.asyncIterator]();
      const operation = extra.operations.get(payload);
      if (operation) operation.iterator = iterator;
      else void iterator.return?.();
    },
    onNext: ({ extra }, _id, payload, _args, result) =>
      result.errors
        ? { ...result, errors: result.errors.map((error) => present(error, requestIdOf(extra, payload))) }
        : undefined,
    onError: ({ extra }, _id, payload, errors) =>
      errors.map((error) => present(error, requestIdOf(extra, payload))),
    onComplete: ({ extra }, _id, payload) => end(extra, payload),
    onClose({ extra }) {
      for (const payload of extra.operations.keys()) end(extra, payload);
      if (extra.principal) socketPlaces.leave(extra.principal.client);
    },
  };
}

interface SubscribePayload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/** What was refused before it was an operation goes by the name of its socket. */
function requestIdOf({ operations, id }: SocketState, payload: object): string {
  return operations.get(payload)?.requestId ?? id;
}

function refusal(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
