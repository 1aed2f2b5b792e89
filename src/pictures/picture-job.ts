/** A message to the picture process. */
export interface PictureJobMessage {
  id: number;
  name: string;
  input: unknown;
}

/** A message from the picture process: that it is ready, or how a job went. */
export type PictureProcessMessage =
  | { kind: 'ready' }
  | { kind: 'unusable'; message: string }
  | { kind: 'done'; id: number; output: unknown }
  | { kind: 'refused'; id: number; reason: string; message: string }
  | { kind: 'failed'; id: number; message: string };

/** Why there is no result. */
export type PictureFailure =
  /** The job itself says that the picture cannot be used. */
  | 'refused'
  /** The picture took more time or memory than any needs, or brought the process down twice. */
  | 'timeout'
  | 'memory'
  | 'crash'
  /** Not the picture's fault: too many jobs wait, the process cannot be started, the disk is full, or the gateway is closing. */
  | 'unavailable';

export class PictureJobError extends Error {
  override readonly name = 'PictureJobError';

  /** @param reason a word of the job's own for `refused` */
  constructor(
    readonly failure: PictureFailure,
    message: string,
    readonly reason?: string,
  ) {
    super(message);
  }
}

/** Thrown by a job in the picture process for a picture that cannot be used. */
export class PictureRefusal extends Error {
  override readonly name = 'PictureRefusal';

  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}
