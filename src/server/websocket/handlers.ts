import { createSourceEventStream, GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { MessageType, type SubscribePayload } from 'graphql-ws';
import type { GatewayContext, GatewayServices } from '../../graphql/context.js';
import {
  declaredVariables,
  type Operation,
  type Operations,
} from '../../graphql/execution/compiled-operations.js';
import type { ErrorPresenter } from '../../graphql/execution/format-error.js';
import { withCode } from '../../graphql/execution/limits.js';
import type { ResponseLimit } from '../../graphql/execution/response-limit.js';
import { createEventPayloads } from '../../graphql/execution/shared-payloads.js';
import type { TrustedDocuments } from '../../graphql/execution/trusted-documents.js';
import type { FaultReporter } from '../../lib/contain.js';
import { SwapError } from '../../swap/errors.js';
import { LatestFeed } from '../../swap/latest-value.js';
import type { SwapLog } from '../../swap/ports.js';
import type { Admission } from '../access/admission.js';
import { createPlaces } from '../access/keyed-semaphore.js';
import type { TransportObserver } from '../observer.js';
import type { GraphqlSession, SessionRules } from './connection.js';
import type { SocketCaps } from './limits.js';
import type { Subscription } from './subscription.js';
import type { FairTurns } from './time-slicer.js';

export interface SessionRulesOptions {
  schema: GraphQLSchema;
  operations: Operations;
  admission: Admission;
  services: GatewayServices;
  present: ErrorPresenter;
  responseLimit: ResponseLimit;
  trustedDocuments: TrustedDocuments | undefined;
  caps: SocketCaps;
  observer: Pick<TransportObserver, 'followSubscriptions' | 'pushed'>;
  log: SwapLog;
  report: FaultReporter;
}

/** Names the socket's closing to a client that had better come back later; graphql-ws's clients do. */
const tryAgainLater = 1013;

/** The same as is asked over HTTP, plus places for sockets and subscriptions. */
export function createSessionRules(options: SessionRulesOptions, turns: FairTurns): SessionRules {
  const { schema, operations, admission, services, present, trustedDocuments, caps, observer, log } = options;
  const socketPlaces = createPlaces(caps.maxSocketsPerClient);
  const subscriptionPlaces = createPlaces(caps.maxSubscriptionsPerClient);
  const placed = new Set<Subscription>();
  observer.followSubscriptions(() => placed.size);

  const connect: SessionRules['connect'] = async (session, parameters) => {
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
      if (socketPlaces.enter(principal.client)) return principal;
      session.close(tryAgainLater, 'Too many connections of this client');
      return undefined;
    } catch (error) {
      if (!(error instanceof SwapError)) {
        log.error({ requestId: session.id, err: error }, 'unexpected error in a socket');
        throw error;
      }
      if (error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE')
        session.close(tryAgainLater, error.message);
      return undefined;
    }
  };

  /** @throws SwapError or GraphQLError for what is refused */
  const readOperation = (payload: SubscribePayload): Operation | readonly GraphQLError[] => {
    const operation = operations.read(trustedDocuments ? trustedDocuments(payload) : payload.query);
    if (!('variableNames' in operation)) return operation;
    if (payload.operationName != null && payload.operationName !== operation.name)
      throw refusal('No such operation in the document.', 'OPERATION_RESOLUTION_FAILURE');
    if (operation.type !== OperationTypeNode.SUBSCRIPTION)
      throw refusal('Only subscriptions here; send queries and mutations over HTTP.', 'BAD_REQUEST');
    return operation;
  };

  const enter = (session: GraphqlSession, subscription: Subscription, client: string): void => {
    if (session.subscriptions.size > caps.maxSubscriptionsPerSocket)
      throw new SwapError('RATE_LIMITED', 'Too many subscriptions on this connection.', { retryAfter: 1 });
    if (!subscriptionPlaces.enter(client))
      throw new SwapError('RATE_LIMITED', 'Too many subscriptions of this client.', { retryAfter: 1 });
    placed.add(subscription);
  };

  const begin = async (
    session: GraphqlSession,
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
    if (source instanceof LatestFeed) subscription.follow(operation, variables, source);
    else if ('errors' in source) return { errors: (source.errors ?? []).map(asUserInput), isResult: true };
    else throw new Error('subscriptions are fed by LatestFeed only');
    return undefined;
  };

  return {
    turns,
    report: options.report,
    payloads: createEventPayloads(present, options.responseLimit),
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
      if (principal && placed.delete(subscription)) subscriptionPlaces.leave(principal.client);
    },
    context: (principal, requestId) => ({ principal, requestId, services }),
    disconnect({ principal }) {
      if (principal) socketPlaces.leave(principal.client);
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
