import type { GatewayStatusReader } from '../gateway-status.js';
import type { SwapOrderParser } from '../swap/swap-request.js';
import type { SwapService } from '../swap/swap-service.js';

/** Who asks. */
export interface Principal {
  /** Name of the API key, or subject of the token: the owner of what it requests. */
  client: string;
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
  parseOrder: SwapOrderParser;
  readStatus: GatewayStatusReader;
}
