/**
 * Jobs waiting for one worker: round-robin over owners and FIFO within an owner, so no owner waits behind all of
 * another's jobs.
 */
export interface FairJobQueue<Job> {
  /** False: the queue is full, and the job was not added. */
  push(owner: string, job: Job): boolean;
  shift(): Job | undefined;
  /** Removes and returns everything. */
  drain(): Job[];
}

export function createFairJobQueue<Job>(maxJobs: number): FairJobQueue<Job> {
  // Maps keep insertion order: the first owner is next, and then moves to the end.
  const byOwner = new Map<string, Job[]>();
  let count = 0;

  const shift = (): Job | undefined => {
    for (const [owner, jobs] of byOwner) {
      const job = jobs.shift();
      byOwner.delete(owner);
      if (jobs.length > 0) byOwner.set(owner, jobs);
      count -= 1;
      return job;
    }
    return undefined;
  };

  return {
    push(owner, job) {
      if (count >= maxJobs) return false;
      const jobs = byOwner.get(owner);
      if (jobs) jobs.push(job);
      else byOwner.set(owner, [job]);
      count += 1;
      return true;
    },
    shift,
    drain() {
      const jobs = [...byOwner.values()].flat();
      byOwner.clear();
      count = 0;
      return jobs;
    },
  };
}
