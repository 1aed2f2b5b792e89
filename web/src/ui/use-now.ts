import { useEffect, useState } from 'react';

/** The current time, milliseconds since the epoch, re-rendering at an interval; it stands still while frozen. */
export function useNow(intervalMs: number, isFrozen: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (isFrozen) return;
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs, isFrozen]);
  return now;
}
