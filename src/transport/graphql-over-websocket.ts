import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  type ValidationRule,
} from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { GatewayContext, GatewayServices, Principal } from '../graphql/context.js';
import { isPresentable, presentError } from '../graphql/error-presenter.js';
import { maxBodyBytes, readDocument, withCode } from '../graphql/operation-limits.js';
import type { SwapLog } from '../swap/ports.js';
import { SwapError } from '../swap/swap-error.js';
import type { ClientAuth } from './client-auth.js';
import type { HttpServer } from './http-server.js';

export interface GraphqlOverWebSocketOptions {
  schema: GraphQLSchema;
  authenticate: ClientAuth;
  services: GatewayServices;
  rules: readonly ValidationRule[];
  /** Whether pages of this origin may connect. Browsers always send one; programs mostly send none, which is fine. */
  isAllowedOrigin(origin: string, host: string | undefined): boolean;
  log: SwapLog;
}

interface SocketFacts extends Record<PropertyKey, unknown> {
  principal?: Principal;
}

type SocketExtra = Extra & Partial<SocketFacts>;

const closeTimeoutMs = 1000;

/**
 * Subscriptions at `/graphql`, subprotocol graphql-transport-ws. Goes by the same authentication, rules and error
 * presenter as HTTP, since graphql-ws knows nothing of Apollo; queries and mutations are refused.
 *
 * @returns the way to close: every socket gets 1001 and, if it does not answer, is cut off after a second
 */
export function mountGraphqlOverWebSocket(
  server: HttpServer,
  options: GraphqlOverWebSocketOptions,
): () => Promise<void> {
  const { schema, authenticate, services, rules, isAllowedOrigin, log } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxBodyBytes,
    perMessageDeflate: false,
    ...{ closeTimeout: closeTimeoutMs },
  });

  const present = (error: GraphQLError, operationId: string) => {
    if (!isPresentable(error))
      log.error(
        { requestId: operationId, err: error.originalError ?? error },
        'unexpected error in a subscription',
      );
    return presentError(error, operationId);
  };

  const handlers: ServerOptions<Record<string, unknown>, SocketExtra> = {
    connectionInitWaitTimeout: 3000,
    onConnect: ({ connectionParams, extra }) => {
      try {
        const authorization = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
        extra.principal = authenticate(
          typeof authorization === 'string' ? authorization : extra.request.headers.authorization,
        );
        return true;
      } catch (error) {
        if (error instanceof SwapError) return false;
        throw error;
      }
    },
    onSubscribe: ({ extra }, id, { query, variables, operationName }) => {
      const document = readDocument(schema, query, rules);
      if (Array.isArray(document)) return document;
      const operation = getOperationAST(document, operationName);
      if (!operation)
        return [
          withCode(new GraphQLError('No such operation in the document.'), 'OPERATION_RESOLUTION_FAILURE'),
        ];
      if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
        return [
          withCode(
            new GraphQLError('Only subscriptions here; send queries and mutations over HTTP.', {
              nodes: operation,
            }),
            'BAD_REQUEST',
          ),
        ];
      }
      if (!extra.principal) throw new Error('a subscription came before the connection was acknowledged');
      const contextValue: GatewayContext = { principal: extra.principal, requestId: id, services };
      return {
        schema,
        document,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
        contextValue,
      };
    },
    onNext: (_context, id, _payload, _args, result) =>
      result.errors ? { ...result, errors: result.errors.map((error) => present(error, id)) } : undefined,
    onError: (_context, id, _payload, errors) => errors.map((error) => present(error, id)),
  };
  const subscriptions = useServer<Record<string, unknown>, SocketFacts>(handlers as never, sockets);

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { origin, host } = request.headers;
    if (request.url?.split('?')[0] !== '/graphql') {
      refuse(socket, '404 Not Found');
    } else if (origin !== undefined && !isAllowedOrigin(origin, host)) {
      refuse(socket, '403 Forbidden');
    } else {
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        sockets.emit('connection', webSocket, request);
      });
    }
  };
  server.server.on('upgrade', upgrade);

  return async () => {
    server.server.off('upgrade', upgrade);
    for (const socket of sockets.clients) socket.close(1001, 'Going away');
    await subscriptions.dispose();
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
