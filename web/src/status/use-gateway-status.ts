import { useQuery, useReactiveVar } from '@apollo/client/react';
import { OverviewDocument, type OverviewQuery } from '../generated/graphql.ts';
import { filterVariables, historyFilter } from '../history/filter.ts';

export type StatusQuery = OverviewQuery['gatewayStatus'];

/** The gateway's last known status; undefined before the first response. */
export function useGatewayStatus(): StatusQuery | undefined {
  const variables = filterVariables(useReactiveVar(historyFilter));
  const { data, previousData } = useQuery(OverviewDocument, { variables, fetchPolicy: 'cache-only' });
  return (data ?? previousData)?.gatewayStatus;
}
