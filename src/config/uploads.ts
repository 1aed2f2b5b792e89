import { env, milliseconds, minuteMs, positive, positiveOrOff } from './setting.js';

export const uploadSettings = {
  /** Limit on stored uploads per client. Undefined: uploads are disabled. */
  maxUploadsPerClient: env('MAX_UPLOADS_PER_CLIENT', positiveOrOff.prefault('100')),
  /** Limit on stored uploads of all clients. */
  maxUploads: env('MAX_UPLOADS', positive(5000)),
  uploadTtlMs: env('UPLOAD_TTL_MS', milliseconds(24 * 60 * minuteMs)),
};
