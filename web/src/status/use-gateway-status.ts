import { useQuery } from '@apollo/client/react';
import { StatusDocument, type StatusQuery } from '../generated/graphql.ts';

/** The gateway's state as it was told last; undefined before that. */
export function useGatewayStatus(): StatusQuery['gatewayStatus'] | undefined {
  return useQuery(StatusDocument, { fetchPolicy: 'cache-only' }).data?.gatewayStatus;
}
