import { createSourceEventStream, GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { GatewayContext, GatewayServices } from '../../graphql/context.js';
import {
  type CompiledOperation,
  type CompiledOperations,
  declaredVariables,
} from '../../graphql/execution/compiled-operations.js';
import type { ErrorFormatter } from '../../graphql/execution/format-error.js';
import { withCode } from '../../graphql/execution/limits.js';
import type { ResponseLimit } from '../../graphql/execution/response-limit.js';
import { createSharedPayloads, type SharedPayloads } from '../../graphql/execution/shared-payloads.js';
import type { TrustedDocuments } from '../../graphql/execution/trusted-documents.js';
import { createKeyedSemaphore, releaseAll, tryAcquireAll } from '../../lib/keyed-semaphore.js';
import { GatewayError } from '../../swap/errors.js';
import { LatestValue } from '../../swap/latest-value.js';
import { accountsOf, type Principal } from '../../swap/principal.js';
import { noTracing, type Tracing } from '../../swap/tracing.js';
import type { Admission } from '../access/admission.js';
import { operationAttributes } from '../http/trace-operations.js';
import type { ServerObserver } from '../observer.js';
import type { Subscription } from './subscription.js';

export interface SubscriptionsOptions {
  schema: GraphQLSchema;
  operations: CompiledOperations;
  admission: Admission;
  services: GatewayServices;
  formatError: ErrorFormatter;
  responseLimit: ResponseLimit;
  trustedDocuments: TrustedDocuments | undefined;
  limits: SubscriptionLimits;
  tracing?: Tracing;
  observer: Pick<ServerObserver, 'followSubscriptions' | 'pushed'>;
}

export interface SubscriptionLimits {
  maxSocketsPerClient: number;
  maxSubscriptionsPerSocket: number;
  maxSubscriptionsPerClient: number;
}

/** An operation as a client sends it. */
export interface SubscriptionRequest {
  query?: unknown;
  operationName?: unknown;
  variables?: Record<string, unknown> | null | undefined;
  [field: string]: unknown;
}

/** Why a subscription could not be started, for the client. */
export interface SubscriptionFailure {
  errors: readonly ReturnType<ErrorFormatter>[];
  /** True: the operation was executed and failed. False: it was rejected before execution. */
  isResult: boolean;
}

/** Subscriptions of all transports: the same checks as over HTTP, plus limits on connections and subscriptions. */
export interface Subscriptions {
  readonly payloads: SharedPayloads;
  pushed: ServerObserver['pushed'];
  /** Counts an authenticated connection of the client. False: it has too many. True: must be followed by `disconnect`. */
  connect(client: string): boolean;
  disconnect(client: string): void;
  /**
   * Starts a subscription. Never rejects.
   * @param transport named in the message to clients that send other operations
   * @param count subscriptions of the connection, this one included
   * @param caller the `traceparent` with which the connection was opened
   */
  start(
    subscription: Subscription,
    request: SubscriptionRequest,
    context: GatewayContext,
    connection: { transport: string; count: number; caller?: string | undefined },
  ): Promise<SubscriptionFailure | undefined>;
  /** The subscription ended or was never started. */
  stop(client: string, subscription: Subscription): void;
  context(principal: Principal, requestId: string, address: () => string): GatewayContext;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const {
    schema,
    operations,
    admission,
    services,
    formatError,
    trustedDocuments,
    limits,
    observer,
    tracing = noTracing,
  } = options;
  const connectionSlots = createKeyedSemaphore(limits.maxSocketsPerClient);
  const subscriptionSlots = createKeyedSemaphore(limits.maxSubscriptionsPerClient);
  const started = new Set<Subscription>();
  observer.followSubscriptions(() => started.size);

  /** @throws GatewayError or GraphQLError for an operation that is not allowed here */
  const readOperation = (
    { query, ...request }: SubscriptionRequest,
    transport: string,
  ): CompiledOperation | readonly GraphQLError[] => {
    const text = trustedDocuments ? trustedDocuments({ query, ...request }) : query;
    if (typeof text !== 'string') throw requestError('The request has no `query`.', 'BAD_REQUEST');
    const operation = operations.read(text);
    if (!('variableNames' in operation)) return operation;
    if (request.operationName != null && request.operationName !== operation.name)
      throw requestError('No such operation in the document.', 'OPERATION_RESOLUTION_FAILURE');
    if (operation.type !== OperationTypeNode.SUBSCRIPTION)
      throw requestError(
        `Only subscriptions are supported over ${transport}. Send queries and mutations over HTTP.`,
        'BAD_REQUEST',
      );
    return operation;
  };

  const acquireSlot = (count: number, subscription: Subscription, client: string): void => {
    if (count > limits.maxSubscriptionsPerSocket)
      throw new GatewayError('RATE_LIMITED', 'Too many subscriptions on this connection.', { retryAfter: 1 });
    if (!tryAcquireAll(subscriptionSlots, accountsOf(client)))
      throw new GatewayError('RATE_LIMITED', 'Too many subscriptions for this client.', { retryAfter: 1 });
    started.add(subscription);
  };

  const start = async (
    subscription: Subscription,
    request: SubscriptionRequest,
    context: GatewayContext,
    { transport, count }: { transport: string; count: number },
  ): Promise<Failure | undefined> => {
    admission.admitAgain(context.principal, 'query');
    const operation = readOperation(request, transport);
    if (!('variableNames' in operation)) return { errors: operation, isResult: false };
    // Undeclared variables would be retained for the lifetime of the subscription.
    const variables = declaredVariables(operation, request.variables ?? undefined);
    const tooCostly = operation.check(variables);
    if (tooCostly) throw tooCostly;
    acquireSlot(count, subscription, context.principal.client);
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
    payloads: createSharedPayloads(formatError, options.responseLimit),
    pushed: observer.pushed,
    connect: (client) => tryAcquireAll(connectionSlots, accountsOf(client)),
    disconnect: (client) => releaseAll(connectionSlots, accountsOf(client)),
    async start(subscription, request, context, connection) {
      // A trace of its own: the connection outlives whatever the caller was doing when it opened it.
      const span = tracing.start('graphql.operation', { link: connection.caller });
      const failure = await start(subscription, request, context, connection).catch(toFailure);
      if (span.isRecording)
        span.set(
          operationAttributes(
            { type: OperationTypeNode.SUBSCRIPTION, name: subscription.operation?.name },
            context.principal,
          ),
        );
      span.end(failure && 'GRAPHQL_ERROR');
      return (
        failure && {
          ...failure,
          errors: failure.errors.map((error) => formatError(error, context.requestId)),
        }
      );
    },
    stop(client, subscription) {
      if (started.delete(subscription)) releaseAll(subscriptionSlots, accountsOf(client));
    },
    context: (principal, requestId, address) => ({ principal, requestId, address, services }),
  };
}

interface Failure {
  errors: readonly GraphQLError[];
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
