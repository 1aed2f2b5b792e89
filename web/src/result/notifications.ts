import { makeVar } from '@apollo/client';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { describeMoment } from '../ui/durations.ts';
import { describeState, isEnded, stateOf } from './swap-state.ts';

/** Whether the user wants to be notified. The browser asks once. */
export const wantsNotification = makeVar(false);

/** Only secure pages may notify, and no page whose user has refused. */
export const canNotify = (): boolean =>
  isSecureContext && 'Notification' in window && Notification.permission !== 'denied';

export async function requestNotification(): Promise<void> {
  wantsNotification((await Notification.requestPermission()) === 'granted');
}

/** Tells of the end of a swap while the page is in the background. */
export function notifyOfEnd(swap: SwapCardFragment): void {
  if (!wantsNotification() || !document.hidden || !isEnded(swap.status)) return;
  const title = t.live.swap(describeMoment(swap.createdAt), stateOf(swap), '');
  try {
    new Notification(title, { body: describeState(swap, Date.now()), tag: swap.id });
  } catch {
    // Some phones notify only through service workers; the title of the page tells as well.
  }
}
