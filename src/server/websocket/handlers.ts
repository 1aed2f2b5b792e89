import { createSourceEventStream, GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { MessageType, type SubscribePayload } from 'graphql-ws';
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
import { GatewayError } from '../../swap/errors.js';
import { LatestValue } from '../../swap/latest-value.js';
import type { SwapLog } from '../../swap/ports.js';
import type { Admission } from '../access/admission.js';
import { createKeyedSemaphore } from '../access/keyed-semaphore.js';
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
  present: ErrorFormatter;
  responseLimit: ResponseLimit;
  trustedDocuments: TrustedDocuments | undefined;
  limits: SocketLimits;
  observer: Pick<ServerObserver, 'followSubscriptions' | 'pushed'>;
  log: SwapLog;
  report: FaultReporter;
}

/** Names the socket's closing to a client that had better come back later; graphql-ws's clients do. */
const tryAgainLater = 1013;

/** The same as is asked over HTTP, plus places for sockets and subscriptions. */
export function createHandlers(options: HandlersOptions, slicer: TimeSlicer): ConnectionHandlers {
  const { schema, operations, admission, services, present, trustedDocuments, limits, observer, log } =
    options;
  const socketPlaces = createKeyedSemaphore(limits.maxSocketsPerClient);
  const subscriptionPlaces = createKeyedSemaphore(limits.maxSubscriptionsPerClient);
  const placed = new Set<Subscription>();
  observer.followSubscriptions(() => placed.size);

  const connect: ConnectionHandlers['connect'] = async (session, parameters) => {
    const { address, request } = session;
    const given = parameters?.['authorization'] ?? parameters?.['Authorization'];
    try {
      const principal = await admission.admit({
        authorization: typeof given === 'string' ? given : request?.headers.authorization,
        host: request?.headers.host,
        address: () => address,
        work: 'connection',
      });
      if (!session.isOpen()) return undefined;
      if (socketPlaces.tryAcquire(principal.client)) return principal;
      session.close(tryAgainLater, 'Too many connections of this client');
      return undefined;
    } catch (error) {
      if (!(error instanceof GatewayError)) {
        log.error({ requestId: session.id, err: error }, 'unexpected error in a socket');
        throw error;
      }
      if (error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE')
        session.close(tryAgainLater, error.message);
      return undefined;
    }
  };

  /** @throws SwapError or GraphQLError for what is refused */
  const readOperation = (payload: SubscribePayload): CompiledOperation | readonly GraphQLError[] => {
    const operation = operations.read(trustedDocuments ? trustedDocuments(payload) : payload.query);
    if (!('variableNames' in operation)) return operation;
    if (payload.operationName != null && payload.operationName !== operation.name)
      throw refusal('No such operation in the document.', 'OPERATION_RESOLUTION_FAILURE');
    if (operation.type !== OperationTypeNode.SUBSCRIPTION)
      throw refusal('Only subscriptions here; send queries and mutations over HTTP.', 'BAD_REQUEST');
    return operation;
  };

  const enter = (session: Connection, subscription: Subscription, client: string): void => {
    if (session.subscriptions.size > limits.maxSubscriptionsPerSocket)
      throw new GatewayError('RATE_LIMITED', 'Too many subscriptions on this connection.', { retryAfter: 1 });
    if (!subscriptionPlaces.tryAcquire(client))
      throw new GatewayError('RATE_LIMITED', 'Too many subscriptions of this client.', { retryAfter: 1 });
    placed.add(subscription);
  };

  const begin = async (
    session: Connection,
    subscription: Subscription,
    payload: SubscribePayload,
    context: GatewayContext,
  ): Promise<Failure | undefined> => {
    admission.admitAgain(context.principal, 'query');
    const operation = readOperation(payload);
    if (!('variableNames' in operation)) return { errors: operation, isResult: false };
    // Undeclared variables would be retained for the lifetime of the subscription.
    const variables = declaredVariables(operation, payload.variables ?? undefined);
    const tooCostly = operation.refusal(variables);
    if (tooCostly) throw tooCostly;
    enter(session, subscription, context.principal.client);
    const source = await createSourceEventStream({
      schema,
      document: operation.readDocument(),
      contextValue: context,
      variableValues: variables ?? null,
    });
    if (source instanceof LatestValue) subscription.follow(operation, variables, source);
    else if ('errors' in source) return { errors: (source.errors ?? []).map(asUserInput), isResult: true };
    else throw new Error('subscriptions are fed by LatestFeed only');
    return undefined;
  };

  return {
    slicer,
    report: options.report,
    payloads: createSharedPayloads(present, options.responseLimit),
    pushed: observer.pushed,
    connect,
    async subscribe(session, subscription, payload, context) {
      const failure = await begin(session, subscription, payload, context).catch(refuse);
      if (!failure) return undefined;
      const errors = failure.errors.map((error) => present(error, context.requestId));
      return failure.isResult
        ? { type: MessageType.Next, payload: { errors } }
        : { type: MessageType.Error, payload: errors };
    },
    unsubscribe({ principal }, subscription) {
      if (principal && placed.delete(subscription)) subscriptionPlaces.release(principal.client);
    },
    context: (principal, requestId) => ({ principal, requestId, services }),
    disconnect({ principal }) {
      if (principal) socketPlaces.release(principal.client);
    },
  };
}

/** Why a subscription did not begin. */
interface Failure {
  errors: readonly GraphQLError[];
  /** True: that is the result of the operation; false: the operation was refused. */
  isResult: boolean;
}

/** What graphql-js finds before it calls a resolver has no path: variables that are missing or do not fit. */
function asUserInput(error: GraphQLError): GraphQLError {
  return error.path ? error : withCode(error, 'BAD_USER_INPUT');
}

function refuse(error: unknown): Failure {
  if (error instanceof GraphQLError) return { errors: [error], isResult: false };
  const originalError = error instanceof Error ? error : new Error(String(error));
  return { errors: [new GraphQLError(originalError.message, { originalError })], isResult: false };
}

function refusal(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
