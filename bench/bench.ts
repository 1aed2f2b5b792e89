import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './scenario.ts';

/** @returns the scenarios' context, and a function that stops everything they started */
export function createBench(isQuick: boolean): { bench: Bench; close(): Promise<void> } {
  const root = mkdtempSync(join(tmpdir(), 'face-swap-bench-'));
  const processes = new Set<{ stop(): Promise<void> }>();
  const startedAt = performance.now();
  return {
    bench: {
      isQuick,
      pick: (full, quick) => (isQuick ? quick : full),
      folder: (name) => mkdtempSync(join(root, `${name}-`)),
      own(process) {
        processes.add(process);
        return process;
      },
      log(line) {
        console.log(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${line}`);
      },
    },
    async close() {
      await Promise.all([...processes].map((process) => process.stop()));
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
