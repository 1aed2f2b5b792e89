/** Concurrency limiter: deliveries in progress, counted per client and per host. */
export interface Deliveries {
  /** How many more deliveries may start. */
  free(): number;
  /** How many more may start for each client that has deliveries in progress. */
  room(): ReadonlyMap<string, number>;
  hasRoomFor(client: string, host: string): boolean;
  /** Counts a delivery, which must not reject. Resolves once it has finished and is no longer counted. */
  track(client: string, host: string, delivery: Promise<void>): Promise<void>;
  /** Resolves when nothing is in progress. */
  idle(): Promise<void>;
}

export interface DeliveryLimits {
  total: number;
  perClient: number;
  perHost: number;
}

export function createDeliveries(limits: DeliveryLimits): Deliveries {
  const inProgress = new Set<Promise<void>>();
  const byClient = new Map<string, number>();
  const byHost = new Map<string, number>();

  const count = (counts: Map<string, number>, name: string, step: 1 | -1): void => {
    const next = (counts.get(name) ?? 0) + step;
    if (next > 0) counts.set(name, next);
    else counts.delete(name);
  };

  return {
    free: () => limits.total - inProgress.size,
    room: () =>
      new Map([...byClient].map(([client, count]) => [client, Math.max(0, limits.perClient - count)])),
    hasRoomFor: (client, host) =>
      (byClient.get(client) ?? 0) < limits.perClient && (byHost.get(host) ?? 0) < limits.perHost,
    track(client, host, delivery) {
      count(byClient, client, 1);
      count(byHost, host, 1);
      const counted = delivery.then(() => {
        inProgress.delete(counted);
        count(byClient, client, -1);
        count(byHost, host, -1);
      });
      inProgress.add(counted);
      return counted;
    },
    async idle() {
      await Promise.all(inProgress);
    },
  };
}
