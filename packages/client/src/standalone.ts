import { type CredentialOptions, type Credentials, createCredentials } from './credentials.js';
import { readGatewayUrl } from './gateway-url.js';
import { createHttp, type Http } from './http.js';

/** Of the parts of the client that work without it. */
export interface StandaloneOptions extends CredentialOptions {
  /** The gateway's URL, as for `createSwapClient`. */
  url: string;
  /** Instead of the global one. */
  fetch?: typeof fetch | undefined;
}

/** @throws SwapClientError, BAD_URL */
export function createStandaloneHttp(options: StandaloneOptions): { http: Http; credentials: Credentials } {
  const credentials = createCredentials(options);
  const base = readGatewayUrl(options.url);
  return { http: createHttp({ base, credentials, fetchImpl: options.fetch }), credentials };
}
