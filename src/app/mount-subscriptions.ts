import type { Config } from '../config/config.js';
import { createEventStreams, type EventStreams } from '../server/event-streams/mount.js';
import type { HttpServer } from '../server/http/http-server.js';
import type { ServerObserver } from '../server/observer.js';
import { createConnectionSlots } from '../server/subscriptions/connection-slots.js';
import { createSubscriptions, type SubscriptionsOptions } from '../server/subscriptions/subscriptions.js';
import { createTimeSlicer } from '../server/subscriptions/time-slicer.js';
import type { SocketTimes } from '../server/websocket/limits.js';
import { mountWebSocketServer, type WebSocketServerOptions } from '../server/websocket/mount.js';

export interface SubscriptionServerOptions
  extends Omit<SubscriptionsOptions, 'limits' | 'observer'>,
    Pick<WebSocketServerOptions, 'log' | 'report' | 'readAddress' | 'shedLoad' | 'isAllowedOrigin'> {
  config: Config;
  observer: ServerObserver;
  times: SocketTimes;
}

export interface MountedSubscriptions {
  events: EventStreams;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** Subscriptions over WebSocket and as server-sent events, which share their limits. */
export function mountSubscriptions(
  server: HttpServer,
  { config, observer, ...options }: SubscriptionServerOptions,
): MountedSubscriptions {
  const subscriptions = createSubscriptions({ ...options, observer, limits: config });
  const shared = { ...options, observer, subscriptions, slots: createConnectionSlots(config) };
  const events = createEventStreams(shared);
  const sockets = mountWebSocketServer(server, { ...shared, slicer: createTimeSlicer(options.report) });
  observer.followSockets(() => sockets.count() + events.count());
  return {
    events,
    async close() {
      events.close();
      await sockets.close();
    },
  };
}
