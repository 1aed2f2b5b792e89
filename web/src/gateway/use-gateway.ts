import { useApolloClient } from '@apollo/client/react';
import { SamplesDocument, StatusDocument } from '../generated/graphql.ts';
import { reportRejected } from './connection.ts';
import { readRequestError } from './request-error.ts';
import { usePolling } from './use-polling.ts';

const statusMs = 3000;

/** Keeps the gateway's status in the cache fresh, which also shows whether it is reachable. Used once per page. */
export function useGateway(): void {
  const client = useApolloClient();
  const fresh = { fetchPolicy: 'network-only' } as const;
  usePolling(async () => {
    try {
      await client.query({ query: StatusDocument, ...fresh });
    } catch (error) {
      const { code, message } = readRequestError(error);
      if (code === 'FORBIDDEN') reportRejected(message);
      throw error;
    }
    const areSamplesKnown = client.readQuery({ query: SamplesDocument }) !== null;
    if (!areSamplesKnown) await client.query({ query: SamplesDocument, ...fresh });
  }, statusMs);
}
