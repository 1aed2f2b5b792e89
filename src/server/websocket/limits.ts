import { maxBodyBytes } from '../../graphql/execution/limits.js';

/** Limits set by configuration. */
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
  /** Between pings. A socket that has not responded to the previous ping is terminated. */
  pingIntervalMs: number;
  /** How long buffered data may make no progress. */
  stallTimeoutMs: number;
  /** Between checks for revoked keys, expired tokens, due pings and stalls. */
  checkIntervalMs: number;
  /** From the gateway's close frame to termination if the client sends none. */
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
/** Clients choose the ids of their subscriptions; libraries use UUIDs. */
export const maxOperationIdLength = 128;
/** Limit on outgoing buffered bytes. Each subscription buffers a single state, so only a flood of pings gets close. */
export const maxBufferedBytes = 1024 * 1024;
/** Messages of any kind, including pings. A page may start hundreds of subscriptions at once. */
export const messageRate = { perSecond: 100, burst: 1000 };
