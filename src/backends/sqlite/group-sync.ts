/** Group commit: one sync of the log covers every commit made before it started. */
export interface GroupSync {
  /**
   * Call after a commit. Resolves once it is on disk.
   *
   * @throws the sync's error; the state on disk is then unknown
   */
  committed(): Promise<void>;
  /** Resolves once every commit so far is on disk; undefined if they already are. @throws as `committed` does */
  settled(): Promise<void> | undefined;
  /** The first failed sync, if any. Later syncs cannot be trusted: kernels report an error only once. */
  failure(): Error | undefined;
  /** Syncs the rest on the calling thread. Waiters are resolved before it returns. */
  close(): void;
}

export interface GroupSyncOptions {
  /** Syncs on another thread. */
  sync(): Promise<void>;
  /** Syncs on this thread. Undefined: all but the final sync run on another thread. */
  syncInline: (() => void) | undefined;
  syncAtClose(): void;
  /** A longer sync counts as slow, milliseconds. Default 2; infinite: every sync runs on this thread. */
  slowSyncMs?: number | undefined;
  /** Milliseconds of a monotonic clock. */
  now?(): number;
}

interface Waiters {
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/** A disk counts as slow when more than half of the last syncs were slow, or one was very slow. */
const sampleSize = 8;
const usuallySlowSyncMs = 2;
const verySlowFactor = 25;

/**
 * While the disk is fast, each sync runs on this thread right after its commit: handing it to another
 * thread would take as long. Once the disk is slow, syncs move to another thread, so that only writers wait.
 */
export function createGroupSync({
  sync,
  syncInline,
  syncAtClose,
  slowSyncMs = usuallySlowSyncMs,
  now = () => performance.now(),
}: GroupSyncOptions): GroupSync {
  /** Commits made since the current sync started. */
  let next: Waiters | undefined;
  let current: Waiters | undefined;
  let failure: Error | undefined;
  const latest: number[] = [];

  function isSlow(): boolean {
    const isAny = latest.some((tookMs) => tookMs > slowSyncMs * verySlowFactor);
    return isAny || latest.filter((tookMs) => tookMs > slowSyncMs).length > sampleSize / 2;
  }

  function recordDuration(startedAt: number): void {
    latest.push(now() - startedAt);
    if (latest.length > sampleSize) latest.shift();
  }

  function start(): void {
    const waiters = next;
    if (!waiters) return;
    current = waiters;
    next = undefined;
    const startedAt = now();
    sync().then(
      () => {
        if (current !== waiters) return;
        recordDuration(startedAt);
        current = undefined;
        waiters.resolve();
        start();
      },
      (error: Error) => fail(error),
    );
  }

  function fail(error: Error): void {
    failure ??= error;
    current?.reject(failure);
    next?.reject(failure);
    current = undefined;
    next = undefined;
  }

  function commitInline(work: () => void): Promise<void> {
    const startedAt = now();
    try {
      work();
    } catch (error) {
      fail(error as Error);
      return Promise.reject(failure);
    }
    recordDuration(startedAt);
    return Promise.resolve();
  }

  return {
    committed() {
      if (failure) return Promise.reject(failure);
      if (syncInline && !current && !isSlow()) return commitInline(syncInline);
      next ??= createWaiters();
      const { promise } = next;
      if (!current) start();
      return promise;
    },
    settled() {
      if (failure) return Promise.reject(failure);
      return (next ?? current)?.promise;
    },
    failure: () => failure,
    close() {
      if (!current && !next) return;
      try {
        syncAtClose();
      } catch (error) {
        fail(error as Error);
        return;
      }
      current?.resolve();
      next?.resolve();
      current = undefined;
      next = undefined;
    },
  };
}

function createWaiters(): Waiters {
  const waiters = Promise.withResolvers<void>();
  // There may be no waiter left, for example when the gateway closes.
  waiters.promise.catch(() => undefined);
  return waiters;
}
