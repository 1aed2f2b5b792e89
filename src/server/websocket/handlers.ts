import { createSourceEventStream, GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { CloseCode, MessageType, type SubscribePayload } from 'graphql-ws';
import type { GatewayContext, GatewayServices } from '../../graphql/context.js';
import {
  type CompiledOperation,
  type CompiledOperations,
  declaredVariables,
} from '../../graphql/execution/compiled-operations.js';
import type { ErrorFormatter } from '../../graphql/execution/format-error.js';
import { withCode } from '../../graphql/execution/limits.js';
import type { ResponseLimit } from '../../graphql/execution/response-limit.js';
import { createSharedPayloads } from '../../graphql/execution/shared-payloads.js';
import type { TrustedDocuments } from '../../graphql/execution/trusted-documents.js';
import type { FaultReporter } from '../../lib/contain.js';
import { createKeyedSemaphore, releaseAll, tryAcquireAll } from '../../lib/keyed-semaphore.js';
import { GatewayError } from '../../swap/errors.js';
import { LatestValue } from '../../swap/latest-value.js';
import type { SwapLog } from '../../swap/ports.js';
import { accountsOf } from '../../swap/principal.js';
import type { Admission } from '../access/admission.js';
import type { ServerObserver } from '../observer.js';
import type { Connection, ConnectionHandlers } from './connection.js';
import type { SocketLimits } from './limits.js';
import type { Subscription } from './subscription.js';
import type { TimeSlicer } from './time-slicer.js';

export interface HandlersOptions {
  schema: GraphQLSchema;
  operations: CompiledOperations;
  admission: Admission;
  services: GatewayServices;
  formatError: ErrorFormatter;
  responseLimit: ResponseLimit;
  trustedDocuments: TrustedDocuments | undefined;
  limits: SocketLimits;
  observer: Pick<ServerObserver, 'followSubscriptions' | 'pushed'>;
  log: SwapLog;
  report: FaultReporter;
}

/** Close code that makes clients reconnect later; graphql-ws clients retry on it. */
const tryAgainLater = 1013;

/** Applies the same checks as over HTTP, plus limits on sockets and subscriptions. */
export function createHandlers(options: HandlersOptions, slicer: TimeSlicer): ConnectionHandlers {
  const { schema, operations, admission, services, formatError, trustedDocuments, limits, observer, log } =
    options;
  const socketSlots = createKeyedSemaphore(limits.maxSocketsPerClient);
  const subscriptionSlots = createKeyedSemaphore(limits.maxSubscriptionsPerClient);
  const started = new Set<Subscription>();
  observer.followSubscriptions(() => started.size);

  const connect: ConnectionHandlers['connect'] = async (connection, parameters) => {
    const { address, request } = connection;
    const given = parameters?.['authorization'] ?? parameters?.['Authorization'];
    try {
      const principal = await admission.admit({
        authorization: typeof given === 'string' ? given : request?.headers.authorization,
        host: request?.headers.host,
        address: () => address,
        requestId: connection.id,
        work: 'connection',
      });
      if (!connection.isOpen()) return undefined;
      if (tryAcquireAll(socketSlots, accountsOf(principal.client))) return principal;
      connection.close(tryAgainLater, 'Too many connections for this client');
      return undefined;
    } catch (error) {
      if (!(error instanceof GatewayError)) {
        log.error({ requestId: connection.id, err: error }, 'unexpected error in a socket');
        throw error;
      }
      if (error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE')
        connection.close(tryAgainLater, error.message);
      return undefined;
    }
  };

  /** @throws GatewayError or GraphQLError for an operation that is not allowed here */
  const readOperation = (payload: SubscribePayload): CompiledOperation | readonly GraphQLError[] => {
    const operation = operations.read(trustedDocuments ? trustedDocuments(payload) : payload.query);
    if (!('variableNames' in operation)) return operation;
    if (payload.operationName != null && payload.operationName !== operation.name)
      throw requestError('No such operation in the document.', 'OPERATION_RESOLUTION_FAILURE');
    if (operation.type !== OperationTypeNode.SUBSCRIPTION)
      throw requestError(
        'Only subscriptions are supported over WebSocket. Send queries and mutations over HTTP.',
        'BAD_REQUEST',
      );
    return operation;
  };

  const acquireSlot = (connection: Connection, subscription: Subscription, client: string): void => {
    if (connection.subscriptions.size > limits.maxSubscriptionsPerSocket)
      throw new GatewayError('RATE_LIMITED', 'Too many subscriptions on this connection.', { retryAfter: 1 });
    if (!tryAcquireAll(subscriptionSlots, accountsOf(client)))
      throw new GatewayError('RATE_LIMITED', 'Too many subscriptions for this client.', { retryAfter: 1 });
    started.add(subscription);
  };

  const start = async (
    connection: Connection,
    subscription: Subscription,
    payload: SubscribePayload,
    context: GatewayContext,
  ): Promise<Failure | undefined> => {
    admission.admitAgain(context.principal, 'query');
    const operation = readOperation(payload);
    if (!('variableNames' in operation)) return { errors: operation, isResult: false };
    // Undeclared variables would be retained for the lifetime of the subscription.
    const variables = declaredVariables(operation, payload.variables ?? undefined);
    const tooCostly = operation.check(variables);
    if (tooCostly) throw tooCostly;
    acquireSlot(connection, subscription, context.principal.client);
    const source = await createSourceEventStream({
      schema,
      document: operation.readDocument(),
      contextValue: context,
      variableValues: variables ?? null,
    });
    if (source instanceof LatestValue) subscription.follow(operation, variables, source);
    else if ('errors' in source) return { errors: (source.errors ?? []).map(asUserInput), isResult: true };
    else throw new Error('a subscription must return a LatestValue');
    return undefined;
  };

  return {
    slicer,
    report: options.report,
    payloads: createSharedPayloads(formatError, options.responseLimit),
    pushed: observer.pushed,
    connect,
    async subscribe(connection, subscription, payload, context) {
      const failure = await start(connection, subscription, payload, context).catch(toFailure);
      if (!failure) return undefined;
      const errors = failure.errors.map((error) => formatError(error, context.requestId));
      return failure.isResult
        ? { type: MessageType.Next, payload: { errors } }
        : { type: MessageType.Error, payload: errors };
    },
    unsubscribe({ principal }, subscription) {
      if (principal && started.delete(subscription))
        releaseAll(subscriptionSlots, accountsOf(principal.client));
    },
    context: (principal, requestId, address) => ({ principal, requestId, address, services }),
    recheck(principal) {
      try {
        admission.recheck(principal);
        return undefined;
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        const code = error.code === 'UNAVAILABLE' ? tryAgainLater : CloseCode.Forbidden;
        return { code, reason: error.message };
      }
    },
    disconnect({ principal }) {
      if (principal) releaseAll(socketSlots, accountsOf(principal.client));
    },
  };
}

/** Why a subscription could not be started. */
interface Failure {
  errors: readonly GraphQLError[];
  /** True: the operation was executed and failed. False: it was rejected before execution. */
  isResult: boolean;
}

/** An error without a path comes from before the resolver: a missing or invalid variable. */
function asUserInput(error: GraphQLError): GraphQLError {
  return error.path ? error : withCode(error, 'BAD_USER_INPUT');
}

function toFailure(error: unknown): Failure {
  if (error instanceof GraphQLError) return { errors: [error], isResult: false };
  const originalError = error instanceof Error ? error : new Error(String(error));
  return { errors: [new GraphQLError(originalError.message, { originalError })], isResult: false };
}

function requestError(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
