import { useQuery } from '@apollo/client/react';
import { StatusDocument, type StatusQuery } from '../generated/graphql.ts';

/** The gateway's last known status; undefined before the first response. */
export function useGatewayStatus(): StatusQuery['gatewayStatus'] | undefined {
  return useQuery(StatusDocument, { fetchPolicy: 'cache-only' }).data?.gatewayStatus;
}
