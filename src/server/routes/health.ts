import type { HttpServer } from '../http/http-server.js';

/**
 * `/livez`: the process is up. `/readyz`: it can serve traffic, meaning it is not draining, its store responds, and the work of the
 * start does not make it reject queries. ModelsLab's health does not count: while it is down, swaps wait in the queue.
 *
 * @param checkReady resolves when ready, throws with the reason when not
 * @param isStarted whether the start is over
 */
export function mountHealthRoutes(
  server: HttpServer,
  checkReady: () => Promise<void>,
  isStarted: () => boolean,
): void {
  server.get('/livez', async () => ({ status: 'ok' }));
  server.get('/readyz', async (request, reply) => {
    try {
      await checkReady();
      if (!isStarted()) throw new Error('the gateway is still starting');
      return { status: 'ready' };
    } catch (error) {
      request.log.warn({ err: error, requestId: request.id }, 'not ready');
      return reply.status(503).send({ status: 'not ready' });
    }
  });
}
