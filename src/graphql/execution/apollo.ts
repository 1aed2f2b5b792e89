import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import {
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  OperationTypeNode,
  type ValidationRule,
} from 'graphql';
import type { GatewayContext } from '../context.js';
import type { CompiledOperations } from './compiled-operations.js';
import type { ErrorFormatter } from './format-error.js';
import { maxTokens } from './limits.js';

export interface ApolloOptions {
  schema: GraphQLSchema;
  introspection: boolean;
  rules: readonly ValidationRule[];
  formatError: ErrorFormatter;
  /** Receives each document that Apollo has validated. */
  operations: CompiledOperations;
}

/** Apollo Server for queries and mutations over HTTP. Started by the caller. */
export function createApollo({
  schema,
  introspection,
  rules,
  formatError,
  operations,
}: ApolloOptions): ApolloServer<GatewayContext> {
  return new ApolloServer<GatewayContext>({
    schema,
    introspection,
    parseOptions: { maxTokens },
    validationRules: [...rules],
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => toFormattedError(formatError, formatted, error),
    plugins: [
      markWithRequestId,
      rejectSubscriptions,
      cacheAcceptedOperations(operations),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

const requestIdKey = Symbol('requestId');

/** Apollo does not pass the request to `formatError`, so the error carries the request id. */
const markWithRequestId: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    didEncounterErrors: async ({ errors, contextValue }) => {
      for (const error of errors)
        Object.defineProperty(error, requestIdKey, { value: contextValue.requestId, configurable: true });
    },
  }),
};

/** Apollo would execute subscriptions as queries. */
const rejectSubscriptions: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      throw new GraphQLError(
        'Subscriptions are supported over WebSocket only, subprotocol graphql-transport-ws.',
        {
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        },
      );
    },
  }),
};

/** Caches validated operations, and rejects operations over the cost limit before execution. */
function cacheAcceptedOperations(operations: CompiledOperations): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ source, document, request }) => {
        const operation = operations.known(source) ?? operations.remember(source, document);
        const problem = operation?.check(request.variables);
        if (!problem) return;
        const extensions = { http: { status: 400 } };
        throw new GraphQLError(problem.message, { originalError: problem, extensions });
      },
    }),
  };
}

function toFormattedError(
  formatError: ErrorFormatter,
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const known =
    error instanceof GraphQLError
      ? error
      : new GraphQLError(formatted.message, { originalError: error as Error });
  return formatError(known, (known as { [requestIdKey]?: string })[requestIdKey] ?? 'unknown');
}
