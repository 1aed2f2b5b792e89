import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../swap/errors.js';
import type { AddressReader } from '../access/client-address.js';
import { createKeyedSemaphore } from '../access/keyed-semaphore.js';
import type { LoadShedder } from '../access/load-shedder.js';
import type { SocketLimits } from './limits.js';

export interface UpgradeGuardOptions {
  limits: Pick<SocketLimits, 'maxSockets' | 'maxSocketsPerAddress'>;
  readAddress: AddressReader;
  shedLoad: LoadShedder;
  /** Whether pages of this origin may connect. Browsers always send one; programs mostly send none, which is fine. */
  isAllowedOrigin(origin: string, host: string | undefined): boolean;
}

/** Decides before the handshake is answered, so that what is refused costs next to nothing. */
export interface UpgradeGuard {
  /** The address it came from, whose place it holds until `leave`; or the line of status to refuse it with. */
  enter(request: IncomingMessage): { address: string } | { refusal: string };
  leave(address: string): void;
}

export function createUpgradeGuard({
  limits,
  readAddress,
  shedLoad,
  isAllowedOrigin,
}: UpgradeGuardOptions): UpgradeGuard {
  const total = createKeyedSemaphore(limits.maxSockets);
  const byAddress = createKeyedSemaphore(limits.maxSocketsPerAddress);
  return {
    enter(request) {
      const { origin, host } = request.headers;
      if (request.url?.split('?')[0] !== '/graphql') return { refusal: '404 Not Found' };
      if (origin !== undefined && !isAllowedOrigin(origin, host)) return { refusal: '403 Forbidden' };
      if (isOverloaded(shedLoad)) return { refusal: '503 Service Unavailable' };
      const address = readAddress(request);
      if (!byAddress.tryAcquire(address)) return { refusal: '429 Too Many Requests' };
      if (total.tryAcquire('')) return { address };
      byAddress.release(address);
      return { refusal: '503 Service Unavailable' };
    },
    leave(address) {
      byAddress.release(address);
      total.release('');
    },
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
