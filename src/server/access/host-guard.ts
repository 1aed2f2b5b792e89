import { GatewayError } from '../../swap/errors.js';

/**
 * Rejects requests to an open gateway (one without authentication) whose host is not the local machine.
 *
 * @param host value of the `Host` header
 * @throws FORBIDDEN
 */
export type HostGuard = (host: string | undefined) => void;

/**
 * Without authentication, anyone who can reach the gateway can spend the account's credits. Listening on loopback does not stop
 * DNS rebinding, nor visitors of a tunnel opened for webhooks; both use a foreign host name.
 */
export function createHostGuard({ isOpen }: { isOpen: boolean }): HostGuard {
  if (!isOpen) return () => undefined;
  return (host) => {
    if (host !== undefined && !/^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host)) {
      throw new GatewayError(
        'FORBIDDEN',
        'Without GATEWAY_API_KEYS, CLIENTS_FILE or AUTH_JWKS_URL the gateway accepts only requests to localhost or a loopback address.',
      );
    }
  };
}
