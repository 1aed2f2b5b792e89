import type { FastifyReply, FastifyRequest } from 'fastify';
import { contain, type FaultReporter } from '../../lib/contain.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import type { Admission } from '../access/admission.js';
import type { AddressReader } from '../access/client-address.js';
import { apiHeaders } from '../http/headers.js';
import { badRequest } from '../http/json-body.js';
import { parentOf } from '../http/trace-operations.js';
import type { ConnectionSlots } from '../subscriptions/connection-slots.js';
import type { SubscriptionRequest, Subscriptions } from '../subscriptions/subscriptions.js';
import { EventStream } from './event-stream.js';

export interface EventStreamsOptions {
  subscriptions: Subscriptions;
  slots: ConnectionSlots;
  admission: Admission;
  readAddress: AddressReader;
  isAllowedOrigin(origin: string, host: string | undefined): boolean;
  /** Between comments that keep a connection open, and between checks for revoked keys and expired tokens, milliseconds. */
  times: { pingIntervalMs: number; checkIntervalMs: number };
  report: FaultReporter;
}

export interface EventStreams {
  /** Whether a POST to `/graphql` asks for an event stream. */
  isWanted(request: FastifyRequest): boolean;
  /**
   * Answers with an event stream of a subscription. Each counts as a socket in every limit.
   * @throws GatewayError if it is not admitted
   */
  open(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Open streams. */
  count(): number;
  /** Ends all streams; new ones are UNAVAILABLE. */
  close(): void;
}

const streamHeaders = {
  ...apiHeaders,
  'content-type': 'text/event-stream; charset=utf-8',
  // Proxies would collect events, or compress them and collect them then.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** Clients that prefer JSON, and merely also accept events, get JSON. Of equally good types, the first one counts. */
export function prefersEvents(accept = ''): boolean {
  if (!/text\/event-stream/i.test(accept)) return false;
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return { type, weight: Number(weight) || 0 };
  });
  const best = Math.max(...ranges.map(({ weight }) => weight));
  return best > 0 && ranges.find(({ weight }) => weight === best)?.type === 'text/event-stream';
}

/** Serves subscriptions as server-sent events: `POST /graphql` with `Accept: text/event-stream`. */
export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { subscriptions, slots, admission, readAddress, isAllowedOrigin, times, report } = options;
  const streams = new Set<EventStream>();
  let isClosed = false;

  const check = (stream: EventStream, now: number): void => {
    try {
      admission.recheck(stream.principal);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      stream.close();
      return;
    }
    if (now - stream.pingedAt >= times.pingIntervalMs) stream.ping(now);
  };
  const timer = setInterval(() => {
    const now = performance.now();
    for (const stream of streams)
      contain(
        report,
        'timer',
        () => check(stream, now),
        () => stream.response.destroy(),
      );
  }, times.checkIntervalMs).unref();

  /** @throws UNAVAILABLE */
  function refuseWhenClosed(): void {
    if (isClosed) throw unavailable('The gateway is shutting down.');
  }

  /** @throws RATE_LIMITED, UNAVAILABLE */
  function takeSlot(address: string): void {
    const taken = slots.take(address);
    if (taken === 'too many from the address') throw rateLimited('Too many connections.', 5000);
    if (taken === 'too many') throw unavailable('Too many connections.');
  }

  return {
    isWanted: ({ method, headers }) => method === 'POST' && prefersEvents(headers.accept),

    async open(request, reply) {
      const { id: requestId, headers, raw } = request;
      const { authorization, host, origin } = headers;
      refuseWhenClosed();
      if (origin !== undefined && !isAllowedOrigin(origin, host))
        throw new GatewayError('FORBIDDEN', 'Requests from pages of this origin are not allowed.');
      const operation = readRequest(request.body);
      const address = readAddress(raw);
      takeSlot(address);
      let release = (): void => slots.release(address);
      try {
        const arrival = { authorization, host, address: () => address, requestId };
        const principal = await admission.admit({ ...arrival, work: 'connection' });
        // It may take as long as a request to the identity provider.
        refuseWhenClosed();
        if (!subscriptions.connect(principal.client))
          throw rateLimited('Too many connections for this client.', 5000);
        release = () => {
          subscriptions.disconnect(principal.client);
          slots.release(address);
        };
        const context = {
          ...subscriptions.context(principal, requestId, () => address),
          span: { traceparent: parentOf(headers) },
        };
        reply.hijack();
        const response = reply.raw;
        const stream = new EventStream(response, context, subscriptions, report);
        const end = once(() => {
          streams.delete(stream);
          release();
          contain(report, 'socket', () => stream.end());
        });
        response.once('close', end);
        // It may have left while it was being authenticated.
        if (response.destroyed || raw.socket.destroyed) return end();
        streams.add(stream);
        response.writeHead(200, {
          ...(reply.getHeaders() as Record<string, string>),
          ...streamHeaders,
          'x-request-id': requestId,
        });
        // So that the client knows at once that it is connected.
        response.flushHeaders();
        stream.start(operation).catch((error: unknown) => stream.fail(error));
      } catch (error) {
        release();
        throw error;
      }
    },

    count: () => streams.size,

    close() {
      isClosed = true;
      clearInterval(timer);
      for (const stream of streams) stream.close();
    },
  };
}

/** @throws Error with `statusCode` 400 */
function readRequest(body: unknown): SubscriptionRequest {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const { variables } = isObject ? (body as SubscriptionRequest) : {};
  const hasVariables = variables == null || (typeof variables === 'object' && !Array.isArray(variables));
  if (isObject && hasVariables) return body as SubscriptionRequest;
  throw badRequest('The body must be a JSON object with `query` and, if it takes any, `variables`.');
}

const unavailable = (message: string): GatewayError =>
  new GatewayError('UNAVAILABLE', message, { retryAfter: 5 });

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
