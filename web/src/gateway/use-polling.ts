import { useEffect, useRef } from 'react';
import { connection, onRefreshRequested } from './connection.ts';

const lostIntervalMs = 1000;

/**
 * Polls at once, then at an interval while the page is visible; and at once when it becomes visible again or a refresh
 * is requested. When the subject changes, it polls at once. Failures are ignored here; `connection` tracks them.
 */
export function usePolling(poll: () => Promise<unknown>, intervalMs: number, subject: string): void {
  const latest = useRef(poll);
  latest.current = poll;
  const interval = useRef(intervalMs);
  interval.current = intervalMs;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another subject is a reason to start over
  useEffect(() => {
    let timer: number | undefined;
    let isStopped = false;
    let isPolling = false;
    const run = async (): Promise<void> => {
      if (isPolling || isStopped) return;
      clearTimeout(timer);
      isPolling = true;
      await latest.current().catch(() => undefined);
      isPolling = false;
      if (isStopped || document.hidden) return;
      timer = window.setTimeout(run, connection().state === 'lost' ? lostIntervalMs : interval.current);
    };
    const runIfVisible = (): void => {
      if (!document.hidden) void run();
    };
    void run();
    document.addEventListener('visibilitychange', runIfVisible);
    const stopListening = onRefreshRequested(runIfVisible);
    return () => {
      isStopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', runIfVisible);
      stopListening();
    };
  }, [subject]);
}
