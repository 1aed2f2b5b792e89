import type { GatewayStatusReader } from '../swap/gateway-status.js';
import type { CommandParser } from '../swap/request.js';
import type { SwapService } from '../swap/service.js';

/** Who asks. */
export interface Principal {
  /**
   * The owner of what it requests: the name of the API key, or `jwt:` and the token's subject, URL-encoded. Names of
   * keys have no colon, so neither can be taken for the other.
   */
  client: string;
  /** When a token expires, ms since the epoch; a socket is closed then. API keys do not expire. */
  expiresAt?: number;
}

/** What every resolver gets, on either transport. */
export interface GatewayContext {
  principal: Principal;
  /** Stands in the log lines of the request and in a masked error. */
  requestId: string;
  services: GatewayServices;
}

export interface GatewayServices {
  swaps: SwapService;
  parseCommand: CommandParser;
  readStatus: GatewayStatusReader;
  readSamples(): readonly { url: string; title: string; faces: number }[];
}
