import { GatewayError } from '../../swap/errors.js';

/**
 * Refuses requests that reached an open gateway by another name than that of this machine.
 *
 * @param host value of the `Host` header
 * @throws FORBIDDEN
 */
export type HostGuard = (host: string | undefined) => void;

/**
 * Without authentication, whoever can reach the gateway may spend the account's credits. Listening on loopback does not
 * keep out a web page whose domain was made to resolve to 127.0.0.1, nor the visitors of a tunnel that was opened for
 * webhooks; both come under a foreign name.
 */
export function createHostGuard({ isOpen }: { isOpen: boolean }): HostGuard {
  if (!isOpen) return () => undefined;
  return (host) => {
    if (host !== undefined && !/^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host)) {
      throw new GatewayError(
        'FORBIDDEN',
        'Without GATEWAY_API_KEYS or AUTH_JWKS_URL the gateway answers only under the name of the machine it runs on, such as localhost.',
      );
    }
  };
}
