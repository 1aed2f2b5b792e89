import { useApolloClient } from '@apollo/client/react';
import { SamplesDocument, StatusDocument } from '../generated/graphql.ts';
import { reportRefused } from './connection.ts';
import { readRefusal } from './refusal.ts';
import { usePolling } from './use-polling.ts';

const statusMs = 3000;

/** Keeps the gateway's state in the cache up to date, which also tells whether it is there. Once on the page. */
export function useGateway(): void {
  const client = useApolloClient();
  const fresh = { fetchPolicy: 'network-only' } as const;
  usePolling(async () => {
    try {
      await client.query({ query: StatusDocument, ...fresh });
    } catch (error) {
      const { code, message } = readRefusal(error);
      if (code === 'FORBIDDEN') reportRefused(message);
      throw error;
    }
    const areSamplesKnown = client.readQuery({ query: SamplesDocument }) !== null;
    if (!areSamplesKnown) await client.query({ query: SamplesDocument, ...fresh });
  }, statusMs);
}
