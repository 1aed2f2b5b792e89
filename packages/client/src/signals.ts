/** Throws the signal's reason if it has been aborted. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw reasonOf(signal);
}

/** React Native's signals have no reason. */
export const reasonOf = (signal: AbortSignal): unknown =>
  signal.reason ?? new Error('This operation was aborted');

/**
 * Runs with a signal that aborts with the first of several, or after a time. `AbortSignal.any` and `AbortSignal.timeout` are
 * missing in React Native and in older browsers and versions of Node.js.
 *
 * @param timeoutMs if it elapses, the signal aborts, while none of the sources has
 */
export async function withSignal<Value>(
  sources: readonly (AbortSignal | undefined)[],
  timeoutMs: number | undefined,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const abort = (reason: unknown): void => controller.abort(reason);
  const undo = sources.map((source) => {
    const onAbort = (): void => abort(source?.reason);
    if (source?.aborted) onAbort();
    source?.addEventListener('abort', onAbort);
    return () => source?.removeEventListener('abort', onAbort);
  });
  const timer = timeoutMs && setTimeout(() => abort(new Error(`Timeout of ${timeoutMs} ms`)), timeoutMs);
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer || undefined);
    for (const remove of undo) remove();
  }
}

/** @throws the signal's reason when aborted */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
