import type { SwapLog } from '../swap/ports.js';

/** What a running gateway does when its process gets SIGHUP. */
export interface Reloads {
  /** @param work logs what it loaded; it may throw or reject, which is logged, and what was loaded before stays in use */
  add(what: string, work: () => void | Promise<void>): void;
  /** Runs all of them, one after the other, and after an earlier call. Never rejects. */
  run(): Promise<void>;
}

export function createReloads(log: SwapLog): Reloads {
  const works: { what: string; work: () => void | Promise<void> }[] = [];
  let last = Promise.resolve();

  async function runAll(): Promise<void> {
    for (const { what, work } of works) {
      try {
        await work();
      } catch (error) {
        log.error({ what, err: error }, 'failed to reload; what was loaded before stays in use');
      }
    }
  }

  return {
    add: (what, work) => void works.push({ what, work }),
    run() {
      last = last.then(runAll);
      return last;
    },
  };
}
