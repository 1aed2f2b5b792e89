import type { AuditCaller, AuditLog } from '../swap/audit-log.js';
import type { GatewayStatusReader } from '../swap/gateway-status.js';
import type { Principal } from '../swap/principal.js';
import type { CommandParser } from '../swap/request.js';
import type { SwapService } from '../swap/service.js';

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
