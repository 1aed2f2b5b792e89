/** A message to the picture process. */
export interface PictureJobMessage {
  id: number;
  name: string;
  input: unknown;
}

/** A message from the picture process: ready, or the outcome of a job. */
export type PictureProcessMessage =
  | { kind: 'ready' }
  | { kind: 'unusable'; message: string }
  | { kind: 'done'; id: number; output: unknown }
  | { kind: 'refused'; id: number; reason: string; message: string }
  | { kind: 'failed'; id: number; message: string };

/** Why a job has no result. */
export type PictureFailure =
  /** The job rejected the picture. */
  | 'refused'
  /** The picture exceeded the time or memory limit, or crashed the process twice. */
  | 'timeout'
  | 'memory'
  | 'crash'
  /** Not the picture's fault: the queue is full, the process cannot be started, the disk is full, or the gateway is closing. */
  | 'unavailable';

export class PictureJobError extends Error {
  override readonly name = 'PictureJobError';

  /** @param reason job-specific code for `refused` */
  constructor(
    readonly failure: PictureFailure,
    message: string,
    readonly reason?: string,
  ) {
    super(message);
  }
}

/** Thrown by a job in the picture process for an unusable picture. */
export class PictureRefusal extends Error {
  override readonly name = 'PictureRefusal';

  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}
