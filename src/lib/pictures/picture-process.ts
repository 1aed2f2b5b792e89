import { createFairJobQueue } from './fair-job-queue.js';
import { forkPictureProcess, type PictureChild } from './fork-picture-process.js';
import { PictureJobError, type PictureJobMessage, type PictureProcessMessage } from './picture-job.js';
import { createProcessGauge } from './process-gauge.js';

/** Why a process ended. */
export type PictureProcessEnd = 'idle' | 'timeout' | 'memory' | 'crash' | 'closed';

export interface PictureProcessObserver {
  /** Called when a job ends, with `ok` or the failure. */
  jobEnded(outcome: string): void;
  processEnded(end: PictureProcessEnd): void;
}

export interface PictureProcessOptions {
  /** Path of the module that the child runs; it calls `servePictureJobs`. */
  module: string;
  /**
   * A job that uses more CPU time, or three times as much wall time, is killed along with its process. CPU time on
   * Linux only.
   */
  timeoutMs: number;
  /** A job that takes the child's resident memory above this is killed along with its process. Linux only. */
  maxResidentBytes: number;
  /** How long an idle process is kept. */
  idleMs?: number;
  maxWaiting?: number;
  observer?: PictureProcessObserver | undefined;
}

/**
 * Runs jobs on untrusted pictures in one child process, one at a time: the memory and time of native decoders cannot be
 * limited from within a process. The child starts with the first job, and is restarted after it was killed.
 */
export interface PictureProcess {
  /**
   * @param owner whom the job belongs to; scheduling is round-robin over owners
   * @throws PictureJobError. A job that was waiting while another was killed is not affected.
   */
  run(owner: string, name: string, input: unknown): Promise<unknown>;
  /** The child's pid; undefined while none is running. */
  pid(): number | undefined;
  /** Kills the child at once; waiting and running jobs fail with `unavailable`. */
  close(): Promise<void>;
}

interface Job {
  name: string;
  input: unknown;
  /** A crash may not be the job's fault, so the job is retried once in the next process. */
  crashes: number;
  resolve(output: unknown): void;
  reject(error: PictureJobError): void;
}

const defaultIdleMs = 30_000;
const defaultMaxWaiting = 64;
const startTimeoutMs = 20_000;
/** Check interval: native code can allocate gigabytes per second. */
const usageCheckMs = 20;
/** Wall time allowed as a multiple of CPU time, for busy machines. */
const clockTimes = 3;

export function createPictureProcess(options: PictureProcessOptions): PictureProcess {
  const { module, timeoutMs, maxResidentBytes, observer } = options;
  const { idleMs = defaultIdleMs, maxWaiting = defaultMaxWaiting } = options;
  const waiting = createFairJobQueue<Job>(maxWaiting);
  let child: PictureChild | undefined;
  let current: Job | undefined;
  let isClosed = false;
  let jobs = 0;
  /** Stops monitoring the current job. */
  let stopWatching = (): void => undefined;
  let idleTimer: NodeJS.Timeout | undefined;

  const finish = (outcome: string, complete: (job: Job) => void): void => {
    const job = current;
    if (!job) return;
    stopWatching();
    current = undefined;
    observer?.jobEnded(outcome);
    complete(job);
  };
  const fail = (error: PictureJobError): void => finish(error.failure, (job) => job.reject(error));

  const end = (reason: PictureProcessEnd): void => {
    const ending = child;
    if (!ending) return;
    child = undefined;
    observer?.processEnded(reason);
    ending.kill();
  };

  const watch = (pid: number): void => {
    const gauge = createProcessGauge(pid);
    const cpuBefore = gauge.cpuMs() ?? 0;
    const cutOff = (reason: 'timeout' | 'memory', message: string): void => {
      fail(new PictureJobError(reason, message));
      end(reason);
      next();
    };
    const timeout = setTimeout(
      () => cutOff('timeout', `the picture took more than ${timeoutMs * clockTimes} ms`),
      timeoutMs * clockTimes,
    );
    const usage = setInterval(() => {
      if ((gauge.residentBytes() ?? 0) > maxResidentBytes)
        cutOff('memory', `the picture took more than ${maxResidentBytes} bytes of memory`);
      else if ((gauge.cpuMs() ?? 0) - cpuBefore > timeoutMs)
        cutOff('timeout', `the picture took more than ${timeoutMs} ms of CPU`);
    }, usageCheckMs);
    stopWatching = () => {
      clearTimeout(timeout);
      clearInterval(usage);
      gauge.close();
      stopWatching = () => undefined;
    };
  };

  const onMessage = (from: PictureChild, message: PictureProcessMessage, id: number): void => {
    if (from !== child || !('id' in message) || message.id !== id) return;
    if (message.kind === 'done') finish('ok', (job) => job.resolve(message.output));
    else if (message.kind === 'refused')
      fail(new PictureJobError('refused', message.message, message.reason));
    else fail(new PictureJobError('unavailable', message.message));
    next();
  };

  /** The child ended on its own. */
  const onExit = (from: PictureChild): void => {
    if (from !== child) return;
    child = undefined;
    observer?.processEnded('crash');
    const job = current;
    stopWatching();
    if (!job) return;
    job.crashes += 1;
    if (job.crashes >= 2) {
      fail(new PictureJobError('crash', 'the picture process ended twice during this job'));
      next();
    } else {
      void begin(job);
    }
  };

  const begin = async (job: Job): Promise<void> => {
    current = job;
    clearTimeout(idleTimer);
    try {
      child ??= await start();
    } catch (error) {
      fail(new PictureJobError('unavailable', `the picture process cannot be started: ${String(error)}`));
      next();
      return;
    }
    if (current !== job || !child) return;
    const id = ++jobs;
    const started = child;
    started.onMessage((message) => onMessage(started, message, id));
    watch(started.pid);
    const message: PictureJobMessage = { id, name: job.name, input: job.input };
    started.send(message);
  };

  const start = async (): Promise<PictureChild> => {
    const started = await forkPictureProcess(module, startTimeoutMs);
    if (isClosed) {
      started.kill();
      throw new Error('closed');
    }
    started.onExit(() => onExit(started));
    return started;
  };

  const next = (): void => {
    if (current || isClosed) return;
    const job = waiting.shift();
    if (job) {
      void begin(job);
    } else if (child) {
      clearTimeout(idleTimer);
      idleTimer = setTimeout(() => end('idle'), idleMs).unref();
    }
  };

  return {
    run: (owner, name, input) =>
      new Promise((resolve, reject) => {
        const job: Job = { name, input, crashes: 0, resolve, reject };
        if (isClosed || !waiting.push(owner, job)) {
          observer?.jobEnded('unavailable');
          reject(new PictureJobError('unavailable', isClosed ? 'closed' : 'too many pictures are waiting'));
          return;
        }
        next();
      }),
    pid: () => child?.pid,
    async close() {
      isClosed = true;
      clearTimeout(idleTimer);
      const closed = new PictureJobError('unavailable', 'closed');
      fail(closed);
      for (const job of waiting.drain()) job.reject(closed);
      const ending = child;
      end('closed');
      await ending?.exited;
    },
  };
}
