import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { PictureJobMessage, PictureProcessMessage } from './picture-job.js';
import { PictureRefusal } from './picture-job.js';

type Job = (input: never) => Promise<unknown>;

/** The part of `process` that a picture process needs. */
export type PictureProcessHandle = Pick<NodeJS.Process, 'on' | 'send' | 'kill' | 'pid'>;

/** About a third of an ordinary process's share of a busy core. */
const lowPriority = 5;

/**
 * The child's side of `createPictureProcess`: runs jobs as they arrive, until the parent closes the channel or dies.
 *
 * @param load returns the jobs by name, after loading large native modules
 */
export async function servePictureJobs(
  self: PictureProcessHandle,
  load: () => Promise<Record<string, Job>>,
): Promise<void> {
  const send = (message: PictureProcessMessage): void => void self.send?.(message, () => undefined);
  // A normal exit would wait for native threads, which may be busy for minutes.
  self.on('disconnect', () => self.kill(self.pid, 'SIGKILL'));
  yieldToOthers();

  let jobs: Record<string, Job>;
  try {
    jobs = await load();
  } catch (error) {
    send({ kind: 'unusable', message: String(error) });
    return;
  }
  const run = async ({ id, name, input }: PictureJobMessage): Promise<void> => {
    try {
      const job = jobs[name];
      if (!job) throw new Error(`unknown job: ${name}`);
      send({ kind: 'done', id, output: await job(input as never) });
    } catch (error) {
      if (error instanceof PictureRefusal)
        send({ kind: 'refused', id, reason: error.reason, message: error.message });
      else send({ kind: 'failed', id, message: String(error) });
    }
  };
  self.on('message', (message) => void run(message as PictureJobMessage));
  send({ kind: 'ready' });
}

/** Decoding must not slow down requests, and the OOM killer should pick this process rather than its parent. */
function yieldToOthers(): void {
  const attempts = [() => setPriority(lowPriority), () => writeFileSync('/proc/self/oom_score_adj', '1000')];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch {
      // Not available or allowed on every system.
    }
  }
}
