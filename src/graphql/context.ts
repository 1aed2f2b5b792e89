import type { GatewayStatusReader } from '../swap/gateway-status.js';
import type { Principal } from '../swap/principal.js';
import type { CommandParser } from '../swap/request.js';
import type { SwapService } from '../swap/service.js';

/** The context of every resolver, on both transports. */
export interface GatewayContext {
  principal: Principal;
  /** Included in the request's log lines and in masked errors. */
  requestId: string;
  services: GatewayServices;
}

export interface GatewayServices {
  swaps: SwapService;
  parseCommand: CommandParser;
  readStatus: GatewayStatusReader;
  readSamples(): readonly { url: string; title: string; faces: number }[];
}
