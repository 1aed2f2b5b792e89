import type { ApolloClient } from '@apollo/client';
import { useApolloClient, useReactiveVar } from '@apollo/client/react';
import { startWithSamples } from '../draft/draft.ts';
import { OverviewDocument, SamplesDocument } from '../generated/graphql.ts';
import { filterVariables, historyFilter } from '../history/filter.ts';
import { useIsBusy } from '../history/use-history.ts';
import { connection, reportRejected } from './connection.ts';
import { readRequestError } from './request-error.ts';
import { usePolling } from './use-polling.ts';

/** An idle page costs the gateway three requests a minute; new swaps of this browser appear without polling. */
const idleMs = 20_000;
/** While a swap is followed, the numbers in the status line change often. */
const busyMs = 4000;

/** Keeps the gateway's status and the newest swaps in the cache fresh, which also shows whether it is reachable. Used once per page. */
export function useGateway(): void {
  const client = useApolloClient();
  const filter = useReactiveVar(historyFilter);
  const isBusy = useIsBusy();
  const fresh = { fetchPolicy: 'network-only' } as const;
  usePolling(
    async () => {
      const areSamplesKnown = client.readQuery({ query: SamplesDocument }) !== null;
      await Promise.all([
        client.query({ query: OverviewDocument, variables: filterVariables(filter), ...fresh }),
        areSamplesKnown || loadSamples(client),
      ]).catch((error: unknown) => {
        const { code, message } = readRequestError(error);
        if (code === 'FORBIDDEN') reportRejected(message);
        throw error;
      });
    },
    isBusy ? busyMs : idleMs,
    `${filter.state} ${filter.since}`,
  );
}

async function loadSamples(client: ApolloClient): Promise<void> {
  const { data } = await client.query({ query: SamplesDocument, fetchPolicy: 'network-only' });
  if (data) startWithSamples(data.samples);
}

/** Whether the gateway is out of reach, so that nothing shown about running swaps is certain. */
export const useIsLost = (): boolean => useReactiveVar(connection).state === 'lost';
