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
  const undo = sources.map((source) => {
    const stop = (): void => controller.abort(source?.reason);
    if (source?.aborted) stop();
    source?.addEventListener('abort', stop);
    return () => source?.removeEventListener('abort', stop);
  });
  const timer =
    timeoutMs && setTimeout(() => controller.abort(new Error(`Timeout of ${timeoutMs} ms`)), timeoutMs);
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer || undefined);
    for (const remove of undo) remove();
  }
}

/** Waits for work that cannot be stopped. @throws the signal's reason when aborted */
export function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(reasonOf(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    work.finally(() => signal.removeEventListener('abort', stop)).then(resolve, reject);
  });
}

/** @throws the signal's reason when aborted */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return unlessAborted(elapsed, signal).finally(() => clearTimeout(timer));
}
