/** Makes commits durable: one sync of the log for all that were committed before it began. */
export interface GroupSync {
  /** A commit was made. Resolves when it is on the disk. @throws what the sync did; then nobody knows what is on the disk */
  committed(): Promise<void>;
  /** Resolves when every commit so far is on the disk; undefined if it is. @throws as `committed` does */
  settled(): Promise<void> | undefined;
  /** Undefined as long as every sync succeeded. After one that failed, none can be trusted: a kernel reports an error once. */
  failure(): Error | undefined;
  /** Syncs what is left, on the calling thread. Waiters are told before it returns. */
  close(): void;
}

export interface GroupSyncOptions {
  /** Syncs on another thread. */
  sync(): Promise<void>;
  /** Syncs on this thread. Undefined: every sync but the last goes to the other one. */
  syncInline: (() => void) | undefined;
  syncAtClose(): void;
  /** A sync that takes longer, milliseconds, is slow. Default 2; infinite: every sync is done on this thread. */
  slowSyncMs?: number | undefined;
}

interface Waiters {
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/** A disk is slow when more than half of the last syncs were slow, or one of them by far. */
const sampleSize = 8;
const usuallySlowSyncMs = 2;
const verySlowFactor = 25;

/**
 * While the disk is quick, a sync is done on this thread, right after its commit: handing it to another one would take as long. As
 * soon as the disk is slow, syncs go to another thread, so that only those wait for it who write.
 */
export function createGroupSync({
  sync,
  syncInline,
  syncAtClose,
  slowSyncMs = usuallySlowSyncMs,
}: GroupSyncOptions): GroupSync {
  /** Committed since the sync under way began. */
  let next: Waiters | undefined;
  let current: Waiters | undefined;
  let failure: Error | undefined;
  const latest: number[] = [];

  function isSlow(): boolean {
    const isAny = latest.some((tookMs) => tookMs > slowSyncMs * verySlowFactor);
    return isAny || latest.filter((tookMs) => tookMs > slowSyncMs).length > sampleSize / 2;
  }

  function note(startedAt: number): void {
    latest.push(performance.now() - startedAt);
    if (latest.length > sampleSize) latest.shift();
  }

  function start(): void {
    const waiters = next;
    if (!waiters) return;
    current = waiters;
    next = undefined;
    const startedAt = performance.now();
    sync().then(
      () => {
        if (current !== waiters) return;
        note(startedAt);
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
    const startedAt = performance.now();
    try {
      work();
    } catch (error) {
      fail(error as Error);
      return Promise.reject(failure);
    }
    note(startedAt);
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
  // Nobody may be waiting any more, as when the gateway closes.
  waiters.promise.catch(() => undefined);
  return waiters;
}
