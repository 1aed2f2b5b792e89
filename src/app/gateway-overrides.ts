import type { Sandbox } from '../../sandbox/sandbox.js';
import type { Clock } from '../lib/clock.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { ServerOverrides } from './create-server.js';

/** Replaced in tests. */
export interface GatewayOverrides {
  clock?: Clock;
  /** Called at named points between durable steps. */
  failpoint?: FailpointHook;
  transport?: ServerOverrides;
  /** Wraps each fsync of the embedded store, to make it slow or fail. */
  wrapSync?: (sync: () => Promise<void>) => Promise<void>;
  /** Used instead of the built-in sandbox if there is no ModelsLab key; its faults can be set. */
  sandbox?: Sandbox;
  /** Accept and read pictures on loopback even with clients, for tests whose hosts of pictures are local. */
  acceptsLoopback?: boolean;
  /** Aborts startup: everything opened so far is closed, and `createGateway` rejects. */
  signal?: AbortSignal;
  /** Log lines dropped so far. */
  droppedLogLines?(): number;
}
