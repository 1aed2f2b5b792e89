import { z } from 'zod';
import { env, flag } from './setting.js';

export const auditSettings = {
  /** `stdout`, `off`, or the path of a file. */
  auditLog: env('AUDIT_LOG', z.string().trim().default('stdout')),
  /** Whether entries have the addresses of clients. */
  auditAddresses: env('AUDIT_ADDRESSES', flag.prefault('on')),
};
