import { makeVar } from '@apollo/client';
import type { OverviewQueryVariables, SwapStatus } from '../generated/graphql.ts';

export const stateFilters = ['all', 'live', 'succeeded', 'unsuccessful'] as const;
export const sinceFilters = ['any', 'today', 'week', 'month'] as const;

export interface HistoryFilter {
  state: (typeof stateFilters)[number];
  since: (typeof sinceFilters)[number];
}

export const historyFilter = makeVar<HistoryFilter>({ state: 'all', since: 'any' });

const statuses: Record<HistoryFilter['state'], SwapStatus[] | undefined> = {
  all: undefined,
  live: ['QUEUED', 'PROCESSING'],
  succeeded: ['SUCCEEDED'],
  unsuccessful: ['FAILED', 'CANCELED', 'EXPIRED'],
};

const days = { today: 0, week: 7, month: 30 } as const;
const pageSize = 12;

/** Starts of days, so that the variables stay the same while the list is shown. */
function startOf(since: HistoryFilter['since']): string | undefined {
  if (since === 'any') return undefined;
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  midnight.setDate(midnight.getDate() - days[since]);
  return midnight.toISOString();
}

export function filterVariables({ state, since }: HistoryFilter): OverviewQueryVariables {
  const status = statuses[state];
  const createdAfter = startOf(since);
  return { first: pageSize, ...(status && { status }), ...(createdAfter && { createdAfter }) };
}
