import { useEffect, useRef } from 'react';
import { connection, onAskAgain } from './connection.ts';

const lostIntervalMs = 1000;

/**
 * Asks at once, then again and again while the page is seen; at once when it is seen again or something speaks for news.
 * Failures are the connection's matter, not the caller's.
 */
export function usePolling(ask: () => Promise<unknown>, intervalMs: number): void {
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    let timer: number | undefined;
    let isOver = false;
    let isAsking = false;
    const run = async (): Promise<void> => {
      if (isAsking || isOver) return;
      clearTimeout(timer);
      isAsking = true;
      await latest.current().catch(() => undefined);
      isAsking = false;
      if (isOver || document.hidden) return;
      timer = window.setTimeout(run, connection().state === 'lost' ? lostIntervalMs : intervalMs);
    };
    const runWhenSeen = (): void => {
      if (!document.hidden) void run();
    };
    void run();
    document.addEventListener('visibilitychange', runWhenSeen);
    const stopListening = onAskAgain(runWhenSeen);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', runWhenSeen);
      stopListening();
    };
  }, [intervalMs]);
}
