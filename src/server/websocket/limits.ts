import { maxBodyBytes } from '../../graphql/execution/limits.js';

/** What the operator may choose. */
export interface SocketLimits {
  maxSockets: number;
  maxSocketsPerAddress: number;
  maxSocketsPerClient: number;
  maxSubscriptionsPerSocket: number;
  maxSubscriptionsPerClient: number;
}

export interface SocketTimes {
  /** From the handshake to `connection_init`. */
  initTimeoutMs: number;
  /** From one ping to the next; a socket that did not answer the last one is ended. */
  pingIntervalMs: number;
  /** How long a reader may take nothing of what was sent to it. */
  stallTimeoutMs: number;
  /** How often expiry, pings and stalls are looked after. */
  checkIntervalMs: number;
  /** From the gateway's close frame to cutting off a socket that does not answer it. */
  closeTimeoutMs: number;
}

export const socketTimes: SocketTimes = {
  initTimeoutMs: 3000,
  pingIntervalMs: 12_000,
  stallTimeoutMs: 30_000,
  checkIntervalMs: 1000,
  closeTimeoutMs: 1000,
};

export const maxMessageBytes = maxBodyBytes;
export const maxMessageFragments = 64;
/** Identifiers that clients choose for their subscriptions; libraries use UUIDs. */
export const maxOperationIdLength = 128;
/** What may wait to be taken by a reader. Subscriptions hold one state each, so only a flood of pings comes near. */
export const maxBufferedBytes = 1024 * 1024;
/** Of any kind, pings included. A page that starts a hundred subscriptions at once is well within it. */
export const messageRate = { perSecond: 100, burst: 1000 };
