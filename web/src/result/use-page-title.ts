import { useEffect } from 'react';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { isEnded, stateOf } from './swap-state.ts';

/** Shows the state of the selected swap in the title of the page, which is visible while another tab is open. */
export function usePageTitle(swap: SwapCardFragment | undefined): void {
  const prefix = swap && titleOf(swap);
  useEffect(() => {
    document.title = prefix ? `${prefix} · ${t.appTitle}` : t.appTitle;
  }, [prefix]);
}

function titleOf(swap: SwapCardFragment): string {
  if (swap.status === 'SUCCEEDED') return t.result.titleDone;
  if (swap.status === 'FAILED') return t.result.titleFailed;
  return isEnded(swap.status) ? stateOf(swap) : `${stateOf(swap)}…`;
}
