/**
 * Kills the process groups that its parent names, `+pid` and `-pid` a line, when its stdin closes: the parent is gone,
 * however it ended. A parent that is killed cannot clean up itself.
 */
import { createInterface } from 'node:readline';

const pids = new Set<number>();

// A terminal signals the whole process group, and this process must outlive the others.
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
      // Already gone, or not the leader of a group.
    }
  }
}
