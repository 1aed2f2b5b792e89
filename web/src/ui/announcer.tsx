import { makeVar } from '@apollo/client';
import { useReactiveVar } from '@apollo/client/react';

const announcement = makeVar('');

/** Says something to people who cannot see it happen. */
export function announce(text: string): void {
  // The same words again are news only if they differ.
  announcement(announcement() === text ? `${text}\u00a0` : text);
}

export function Announcer() {
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {useReactiveVar(announcement)}
    </p>
  );
}
