import type { FormattedExecutionResult } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

export interface GraphqlAnswer {
  status: number;
  headers: Headers;
  data: Record<string, unknown> | null | undefined;
  errors: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[] | undefined;
}

export interface GraphqlTestClient {
  /** Sends a query or mutation by HTTP POST. */
  graphql(query: string, variables?: object, headers?: Record<string, string>): Promise<GraphqlAnswer>;
  /** Subscribes over a socket of its own. */
  subscribe(
    query: string,
    variables?: object,
    connectionParams?: Record<string, unknown>,
  ): AsyncIterableIterator<FormattedExecutionResult>;
  /** A graphql-ws client, disposed after the test. */
  socketClient(connectionParams?: Record<string, unknown>): Client;
}

export function createGraphqlClient(url: string): GraphqlTestClient {
  const socketClient = (connectionParams?: Record<string, unknown>): Client => {
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      ...(connectionParams && { connectionParams }),
    });
    onTestFinished(() => void client.dispose());
    return client;
  };
  return {
    async graphql(query, variables, headers) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as Pick<GraphqlAnswer, 'data' | 'errors'>;
      return { status: response.status, headers: response.headers, data, errors };
    },
    subscribe: (query, variables, connectionParams) =>
      socketClient(connectionParams).iterate({
        query,
        ...(variables && { variables: variables as Record<string, unknown> }),
      }),
    socketClient,
  };
}
