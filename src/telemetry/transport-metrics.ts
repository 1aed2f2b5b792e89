import { Gauge, type Registry } from 'prom-client';
import { createCounter, type LabeledCounter } from './counter.js';
import { metricPrefix } from './metric-prefix.js';

/** Metrics of network traffic. */
export interface TransportMetrics {
  responded(route: string, httpStatus: number): void;
  rejected: LabeledCounter;
  shed: LabeledCounter;
  errorFormatted: LabeledCounter;
  socketRejected: LabeledCounter;
  followSockets(count: () => number): void;
}

export function createTransportMetrics(registry: Registry): TransportMetrics {
  let countSockets = (): number => 0;
  const responded = createCounter(registry, {
    name: `${metricPrefix}http_requests_total`,
    help: 'HTTP requests by route and response status. Most GraphQL errors have status 200, see graphql_errors_total.',
    labelNames: ['route', 'status'],
  });
  new Gauge({
    name: `${metricPrefix}sockets`,
    help: 'Open WebSockets on this instance.',
    registers: [registry],
    collect() {
      this.set(countSockets());
    },
  });
  return {
    responded: (route, httpStatus) => responded(route, String(httpStatus)),
    rejected: createCounter(registry, {
      name: `${metricPrefix}requests_refused_total`,
      help: 'Rejected requests, connections and subscriptions, by error code.',
      labelNames: ['code'],
      known: [['UNAUTHENTICATED'], ['FORBIDDEN'], ['RATE_LIMITED'], ['UNAVAILABLE']],
    }),
    shed: createCounter(registry, {
      name: `${metricPrefix}requests_shed_total`,
      help: 'Work shed because the event loop lagged (MAX_EVENT_LOOP_DELAY_MS), by kind.',
      labelNames: ['work'],
      known: [['query'], ['connection'], ['mutation'], ['webhook']],
    }),
    errorFormatted: createCounter(registry, {
      name: `${metricPrefix}graphql_errors_total`,
      help: 'Errors in responses to GraphQL operations, on both transports. INTERNAL_SERVER_ERROR: unexpected errors.',
      labelNames: ['code'],
      known: [['INTERNAL_SERVER_ERROR'], ['UNAVAILABLE']],
    }),
    socketRejected: createCounter(registry, {
      name: `${metricPrefix}sockets_refused_total`,
      help: 'Rejected WebSocket handshakes: 403 origin, 404 path, 429 too many from the address, 503 too many in total or overload.',
      labelNames: ['status'],
      known: [['403'], ['404'], ['429'], ['503']],
    }),
    followSockets(count) {
      countSockets = count;
    },
  };
}
