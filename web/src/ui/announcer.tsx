import { makeVar } from '@apollo/client';
import { useReactiveVar } from '@apollo/client/react';

const announcement = makeVar('');

/** Announces something to users of screen readers. */
export function announce(text: string): void {
  // Screen readers announce a repeated text only if it differs.
  announcement(announcement() === text ? `${text}\u00a0` : text);
}

export function Announcer() {
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {useReactiveVar(announcement)}
    </p>
  );
}
