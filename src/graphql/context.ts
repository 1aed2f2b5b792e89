import type { GatewayStatusReader } from '../swap/gateway-status.js';
import type { Principal } from '../swap/principal.js';
import type { CommandParser } from '../swap/request.js';
import type { SwapService } from '../swap/service.js';
import type { Swap } from '../swap/swap.js';

/** The context of every resolver, on both transports. */
export interface GatewayContext {
  principal: Principal;
  /** Included in the request's log lines and in masked errors. */
  requestId: string;
  services: GatewayServices;
  /** A signal that aborts when the client disconnects before it has the response; absent for subscriptions. */
  clientLeft?(): AbortSignal;
  /** Called for each swap that a query returns by its id, undefined if there is none; absent where nobody asks. */
  swapRead?(swap: Swap | undefined): void;
}

export interface GatewayServices {
  swaps: SwapService;
  parseCommand: CommandParser;
  readStatus: GatewayStatusReader;
  readSamples(): readonly { url: string; title: string; faces: number }[];
}
