/** Shown before the first swap. */
export function EmptySwaps() {
  return (
    <div className="empty">
      <svg viewBox="0 0 120 64" aria-hidden="true">
        <circle cx="34" cy="32" r="22" />
        <circle cx="86" cy="32" r="22" />
        <path d="M27 29h.01M41 29h.01M27 38q7 6 14 0M79 29h.01M93 29h.01M79 38q7 6 14 0" />
        <path
          className="empty-arrows"
          d="M46 10q14-9 28 0M69.500 5.500l4.500 4.500-6 2M74 54q-14 9-28 0M50.500 58.500l-4.500-4.500 6-2"
        />
      </svg>
      <h3>No swaps yet</h3>
      <p>Pick three pictures above, or click three samples, and press “Swap faces”.</p>
    </div>
  );
}
