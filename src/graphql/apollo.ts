import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { SwapLog } from '../swap/ports.js';
import type { GatewayContext } from './context.js';
import { isPresentable, presentError } from './error-presenter.js';
import { limitRules, maxTokens } from './operation-limits.js';

export interface ApolloOptions {
  schema: GraphQLSchema;
  introspection: boolean;
  log: SwapLog;
}

/** Apollo Server for queries and mutations over HTTP. Started by the caller. */
export function createApollo({ schema, introspection, log }: ApolloOptions): ApolloServer<GatewayContext> {
  return new ApolloServer<GatewayContext>({
    schema,
    introspection,
    parseOptions: { maxTokens },
    validationRules: limitRules({ introspection }),
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    formatError,
    plugins: [
      markUnexpectedErrors(log),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

const requestIds = Symbol('requestId');

/** `formatError` is not told whose request it is about, so the id travels on the error itself. */
function markUnexpectedErrors(log: SwapLog): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) {
          Object.defineProperty(error, requestIds, { value: contextValue.requestId, configurable: true });
          if (!isPresentable(error)) {
            log.error(
              { requestId: contextValue.requestId, err: error.originalError ?? error },
              'unexpected error in a request',
            );
          }
        }
      },
    }),
  };
}

function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const known =
    error instanceof GraphQLError
      ? error
      : new GraphQLError(formatted.message, { originalError: error as Error });
  const requestId = (known as { [requestIds]?: string })[requestIds] ?? 'unknown';
  return presentError(known, requestId);
}
