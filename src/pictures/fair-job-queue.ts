/** Jobs that wait for one worker: owners in turn, first-in first-out within an owner, so that nobody waits behind all of another's. */
export interface FairJobQueue<Job> {
  /** False: as many jobs wait as may, and nothing changes. */
  push(owner: string, job: Job): boolean;
  shift(): Job | undefined;
  /** Removes and returns everything. */
  drain(): Job[];
}

export function createFairJobQueue<Job>(maxJobs: number): FairJobQueue<Job> {
  // A map keeps the order of insertion: the first owner is the next one, and moves to the end after its turn.
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
