import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../swap/errors.js';
import type { AddressReader } from '../access/client-address.js';
import type { LoadShedder } from '../access/load-shedder.js';
import { findAmbiguity } from '../http/ambiguous-request.js';
import type { ConnectionSlots } from '../subscriptions/connection-slots.js';

export interface UpgradeGuardOptions {
  slots: ConnectionSlots;
  readAddress: AddressReader;
  shedLoad: LoadShedder;
  /** Whether pages of this origin may connect. Browsers always send `Origin`; requests without one are allowed. */
  isAllowedOrigin(origin: string, host: string | undefined): boolean;
}

/** Decides before the handshake, so that rejecting a connection costs next to nothing. */
export interface UpgradeGuard {
  /** The client address, whose slot is held until `release`; or the HTTP status line to reject the upgrade with. */
  admit(request: IncomingMessage): { address: string } | { rejection: string };
  release(address: string): void;
}

export function createUpgradeGuard({
  slots,
  readAddress,
  shedLoad,
  isAllowedOrigin,
}: UpgradeGuardOptions): UpgradeGuard {
  return {
    admit(request) {
      const { origin, host } = request.headers;
      if (findAmbiguity(request) !== undefined) return { rejection: '400 Bad Request' };
      if (request.url?.split('?')[0] !== '/graphql') return { rejection: '404 Not Found' };
      if (origin !== undefined && !isAllowedOrigin(origin, host)) return { rejection: '403 Forbidden' };
      if (isOverloaded(shedLoad)) return { rejection: '503 Service Unavailable' };
      const address = readAddress(request);
      const taken = slots.take(address);
      if (taken === 'ok') return { address };
      return {
        rejection: taken === 'too many' ? '503 Service Unavailable' : '429 Too Many Requests',
      };
    },
    release: slots.release,
  };
}

function isOverloaded(shedLoad: LoadShedder): boolean {
  try {
    shedLoad('connection');
    return false;
  } catch (error) {
    if (error instanceof GatewayError) return true;
    throw error;
  }
}
