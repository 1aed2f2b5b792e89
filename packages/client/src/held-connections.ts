import { pageOrigin } from './gateway-url.js';

/** Connections that stay open for long: event streams, and requests that the gateway holds. */
export interface HeldConnections {
  /** @returns a function that gives the place back; undefined if there is none, so that the page's other requests get through */
  take(): (() => void) | undefined;
}

/** Of the six connections that browsers open to a host over HTTP/1.1. */
const most = 4;
const registry: unique symbol = Symbol.for('face-swap-client.held-connections') as never;

/** Counts over the whole page, since its other clients and other copies of this module use the same connections. */
export function createHeldConnections(base: string): HeldConnections {
  const page = globalThis as { [registry]?: Map<string, number> };
  const [host = base] = /^https?:\/\/[^/]+/i.exec(base) ?? [];
  const isLimited = pageOrigin() !== undefined || isReactNative();
  return {
    take() {
      page[registry] ??= new Map();
      const counts = page[registry];
      const open = counts.get(host) ?? 0;
      if (isLimited && open >= most && !usesHttp2(base)) return undefined;
      counts.set(host, open + 1);
      let isTaken = true;
      return () => {
        if (isTaken) counts.set(host, (counts.get(host) ?? 1) - 1);
        isTaken = false;
      };
    },
  };
}

/** Its HTTP client allows five requests to a host at a time. */
const isReactNative = (): boolean =>
  (globalThis as { navigator?: { product?: string } }).navigator?.product === 'ReactNative';

/** Over HTTP/2 and 3, all requests share one connection. Browsers tell only for the page's own origin, or with Timing-Allow-Origin. */
function usesHttp2(base: string): boolean {
  const { performance } = globalThis as {
    performance?: { getEntriesByType?(type: string): { name: string; nextHopProtocol?: string }[] };
  };
  const entries = performance?.getEntriesByType?.('resource') ?? [];
  return entries.some(
    ({ name, nextHopProtocol = '' }) => name.startsWith(`${base}/`) && /^h[23]/.test(nextHopProtocol),
  );
}
