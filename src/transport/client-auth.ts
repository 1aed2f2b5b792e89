import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '../config.js';
import type { Principal } from '../graphql/context.js';
import { SwapError } from '../swap/swap-error.js';

/**
 * Who makes a request, for both transports.
 *
 * @param authorization value of the header, or of `authorization` in the WebSocket's connection parameters
 * @throws UNAUTHENTICATED
 */
export type ClientAuth = (authorization: string | undefined) => Principal;

const localClient: Principal = { client: 'local' };

/** @param keys none: everyone is the one local client */
export function createClientAuth(keys: readonly ApiKey[]): ClientAuth {
  if (keys.length === 0) return () => localClient;
  const known = keys.map(({ client, sha256 }) => ({ client, hash: Buffer.from(sha256, 'hex') }));
  return (authorization) => {
    const [, key] = /^Bearer +(\S{1,512})$/i.exec(authorization ?? '') ?? [];
    const hash = createHash('sha256')
      .update(key ?? '')
      .digest();
    // Every key is compared, so that the time tells nothing of which one came near.
    const matches = known.filter((candidate) => timingSafeEqual(candidate.hash, hash));
    if (key === undefined || matches[0] === undefined) {
      throw new SwapError(
        'UNAUTHENTICATED',
        'Send a valid API key: "Authorization: Bearer KEY", or connectionParams.authorization.',
      );
    }
    return { client: matches[0].client };
  };
}
