import type { Readable } from 'node:stream';
import type { AdminRoute } from './admin-route.js';

/**
 * `POST /backup`: a backup of the store, made now, as bytes.
 *
 * @param make undefined: the store has means of its own, so the response is 404
 */
export function createBackupRoute(make: (() => Promise<Readable>) | undefined): AdminRoute {
  return { method: 'POST', path: '/backup', act: 'backup.make', run: async () => make?.() };
}
