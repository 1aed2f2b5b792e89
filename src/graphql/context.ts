import type { AuditCaller, AuditLog } from '../swap/audit-log.js';
import type { GatewayStatusReader } from '../swap/gateway-status.js';
import type { CommandParser } from '../swap/request.js';
import type { SwapService } from '../swap/service.js';

/** The authenticated client. */
export interface Principal {
  /**
   * Owner of the swaps it requests: the name of the API key, or `jwt:` followed by the token's subject, URL-encoded. Key names
   * contain no colon, so the two cannot collide.
   */
  client: string;
  /** When the token expires, ms since the epoch; sockets are closed then. API keys do not expire. */
  expiresAt?: number;
}

/** The context of every resolver, on both transports. */
export interface GatewayContext {
  principal: Principal;
  /** Included in the request's log lines and in masked errors. */
  requestId: string;
  /** The client address. */
  address(): string;
  services: GatewayServices;
}

export const callerOf = ({ principal, requestId, address }: GatewayContext): AuditCaller => ({
  client: principal.client,
  requestId,
  address: address(),
});

export interface GatewayServices {
  audit: AuditLog;
  swaps: SwapService;
  parseCommand: CommandParser;
  readStatus: GatewayStatusReader;
  readSamples(): readonly { url: string; title: string; faces: number }[];
}
