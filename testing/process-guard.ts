/**
 * Kills the registered process groups when its stdin closes, which means that the parent is gone: a parent that was killed
 * cannot clean up itself. A line `+pid` registers a group, `-pid` removes it.
 */
import { createInterface } from 'node:readline';

const pids = new Set<number>();

// This process must outlive the others.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (line.startsWith('+')) pids.add(pid);
    else pids.delete(pid);
  })
  .on('close', () => {
    for (const pid of pids) kill(pid);
  });

function kill(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // Already exited, or not the leader of a group.
    }
  }
}
