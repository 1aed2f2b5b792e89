import type { ReactNode } from 'react';

/** Stands where something will appear: two faces that swap, and what to do. */
export function Empty({ children }: { children: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 120 64" aria-hidden="true">
        <circle cx="34" cy="32" r="22" />
        <circle cx="86" cy="32" r="22" />
        <path d="M27 29h.01M41 29h.01M27 38q7 6 14 0M79 29h.01M93 29h.01M79 38q7 6 14 0" />
        <path
          className="empty-arrows"
          d="M46 10q14-9 28 0M69.5 5.5l4.5 4.5-6 2M74 54q-14 9-28 0M50.5 58.5l-4.5-4.5 6-2"
        />
      </svg>
      {children}
    </div>
  );
}
