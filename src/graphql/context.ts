import type { AuditCaller, AuditLog } from '../swap/audit-log.js';
import type { ClientTokenIssuer } from '../swap/client-token.js';
import type { GatewayStatusReader } from '../swap/gateway-status.js';
import type { Principal } from '../swap/principal.js';
import type { CommandParser } from '../swap/request.js';
import type { SwapService } from '../swap/service.js';
import type { Swap } from '../swap/swap.js';
import type { Span } from '../swap/tracing.js';
import type { UsageCounts } from '../swap/usage.js';

/** The context of every resolver, on both transports. */
export interface GatewayContext {
  principal: Principal;
  /** Included in the request's log lines and in masked errors. */
  requestId: string;
  /** Of the operation, or for a subscription, of its caller. Absent while tracing is off. */
  span?: Pick<Span, 'traceparent'> | undefined;
  /** The client address. */
  address(): string;
  services: GatewayServices;
  /** A signal that aborts when the client disconnects before it has the response; absent for subscriptions. */
  clientLeft?(): AbortSignal;
  /** Called for each swap that a query returns by its id, undefined if there is none; absent where nobody asks. */
  swapRead?(swap: Swap | undefined): void;
  /** Called for each secret that a query returns: nobody may store the response; absent where nobody asks. */
  secretRead?(): void;
}

export const callerOf = ({ principal, requestId, address }: GatewayContext): AuditCaller => ({
  client: principal.client,
  requestId,
  address: address(),
});

/** What the gateway knows about a client besides its swaps. */
export interface AccountService {
  /** Undefined: the gateway creates no client tokens. */
  tokens: ClientTokenIssuer | undefined;
  /** @param month such as `2026-01`; null: the current one. @throws BAD_USER_INPUT, UNAVAILABLE */
  usage(client: string, month: string | null): Promise<UsageCounts>;
  /** The secret with which the client verifies its webhooks. */
  webhookSecretOf(client: string): string;
}

export interface GatewayServices {
  audit: AuditLog;
  account: AccountService;
  swaps: SwapService;
  /** @param id of the upload, or its URL. @returns its id. @throws NOT_FOUND; BAD_USER_INPUT while a swap uses it */
  deleteUpload(client: string, id: string): Promise<string>;
  parseCommand: CommandParser;
  readStatus: GatewayStatusReader;
  readSamples(): readonly { url: string; title: string; faces: number }[];
}
