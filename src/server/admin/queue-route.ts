import { z } from 'zod';
import { badUserInput } from '../../swap/errors.js';
import type { SwapQueue, SwapStore } from '../../swap/ports.js';
import type { OperatorPause, QueuePause } from '../../swap/queue-pause.js';
import { isoTime, listLimit } from './admin-fields.js';
import type { AdminRequest, AdminRoute } from './admin-route.js';

export interface QueueRouteOptions {
  queue: Pick<SwapQueue, 'counts' | 'pausedMs' | 'pauses'>;
  /** MODELSLAB_QUEUE_LIMIT. */
  slots: number;
  /** False while the circuit breaker of this instance holds submissions back. */
  isUpstreamAvailable(): boolean;
}

const maxPauseMs = 366 * 24 * 60 * 60 * 1000;
const pauseSchema = z.strictObject({
  /** Absent: until it is resumed. */
  forMs: z.int().positive().max(maxPauseMs).optional(),
  note: z
    .string()
    .trim()
    .max(200)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line')
    .optional(),
});

/** `GET /queue`: the queue of the whole deployment, and why it is paused. */
export function createQueueRoute({ queue, slots, isUpstreamAvailable }: QueueRouteOptions): AdminRoute {
  return {
    method: 'GET',
    path: '/queue',
    act: 'queue.read',
    async run() {
      const [{ waiting, running, unresolved }, pausedMs, pauses] = await Promise.all([
        queue.counts(),
        queue.pausedMs(),
        queue.pauses(),
      ]);
      return {
        slots,
        waiting,
        running,
        unresolved,
        paused: pausedMs > 0 || pauses.length > 0,
        pausedMs: Number.isFinite(pausedMs) ? pausedMs : null,
        pauses: pauses.map(describe),
        upstreamAvailable: isUpstreamAvailable(),
      };
    },
  };
}

/** `GET /queue/swaps?first=100`: the next waiting swaps, in order. */
export function createQueueSwapsRoute(
  queue: Pick<SwapQueue, 'next' | 'counts'>,
  store: Pick<SwapStore, 'get'>,
): AdminRoute {
  return {
    method: 'GET',
    path: '/queue/swaps',
    act: 'queue.list',
    async run({ query }) {
      const [entries, { waiting }] = await Promise.all([queue.next(listLimit(query)), queue.counts()]);
      const records = await Promise.all(entries.map(({ id }) => store.get(id)));
      const swaps = entries.map(({ id, client, expiresAt }, index) => ({
        position: index + 1,
        id,
        client: records[index]?.client ?? client,
        createdAt: isoTime(records[index]?.createdAt),
        expiresAt: isoTime(expiresAt),
      }));
      return { swaps, waiting };
    },
  };
}

/** `POST /queue/pause`: pauses the queue on all instances. The body, `{"forMs","note"}`, is optional. */
export function createPauseRoute(queue: Pick<SwapQueue, 'pause' | 'pauses'>, now: () => number): AdminRoute {
  return {
    method: 'POST',
    path: '/queue/pause',
    act: 'queue.pause',
    async run(request) {
      await queue.pause(readPause(request, now()));
      return { pauses: (await queue.pauses()).map(describe) };
    },
  };
}

/** `POST /queue/resume`: ends every pause. */
export function createResumeRoute(queue: Pick<SwapQueue, 'resume'>): AdminRoute {
  return {
    method: 'POST',
    path: '/queue/resume',
    act: 'queue.resume',
    run: async () => ({ resumed: await queue.resume() }),
  };
}

function readPause({ body = {} }: AdminRequest, since: number): OperatorPause {
  const parsed = pauseSchema.safeParse(body);
  if (!parsed.success)
    throw badUserInput(
      parsed.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'body', message })),
    );
  const { forMs, note } = parsed.data;
  return { since, ...(forMs !== undefined && { until: since + forMs }), ...(note ? { note } : {}) };
}

const describe = ({ reason, since, until, note }: QueuePause): object => ({
  reason,
  since: isoTime(since),
  until: isoTime(until),
  note: note ?? null,
});
