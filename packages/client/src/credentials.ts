import { SwapClientError } from './swap-client-error.js';

export interface CredentialOptions {
  /** API key, or a function that is called for each request and each connection. */
  apiKey?: string | (() => string | Promise<string>) | undefined;
  /**
   * Gets a token from your server. Its result is used until the gateway rejects it, or until shortly before `expiresAt`; then it is
   * called again. Concurrent requests share one call.
   */
  getToken?: (() => Token | Promise<Token>) | undefined;
}

/** A token, or what the gateway's `createClientToken` returned. `expiresAt` is ISO 8601. */
export type Token = string | { token: string; expiresAt?: string | null | undefined };

export interface Credentials {
  /** Value of the authorization header; undefined for none. @throws SwapClientError, UNAUTHENTICATED if `getToken` failed */
  authorization(): Promise<string | undefined>;
  /** Call it when the gateway rejected them. @returns whether the next ones may be different */
  renew(): boolean;
}

/** A token is replaced this long before it expires, so that it does not expire on its way. */
const marginMs = 10_000;

export function createCredentials({ apiKey, getToken }: CredentialOptions): Credentials {
  let cached: { token: Promise<Token>; expiresAt: number } | undefined;

  function fromGetToken(get: NonNullable<CredentialOptions['getToken']>): Promise<Token> {
    if (cached && cached.expiresAt > Date.now()) return cached.token;
    const token = Promise.resolve().then(get);
    const mine = { token, expiresAt: Number.POSITIVE_INFINITY };
    cached = mine;
    token.then(
      (result) => {
        const expiresAt = typeof result === 'object' && result?.expiresAt;
        if (expiresAt) mine.expiresAt = Date.parse(expiresAt) - marginMs || 0;
      },
      () => {
        if (cached === mine) cached = undefined;
      },
    );
    return token;
  }

  return {
    async authorization() {
      try {
        const key = getToken
          ? await fromGetToken(getToken)
          : typeof apiKey === 'function'
            ? await apiKey()
            : apiKey;
        const text = (typeof key === 'object' ? key?.token : key)?.trim();
        return text ? `Bearer ${text}` : undefined;
      } catch (cause) {
        if (cause instanceof SwapClientError) throw cause;
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new SwapClientError('UNAUTHENTICATED', `There is no token: ${message}`, { cause });
      }
    },
    renew() {
      cached = undefined;
      return getToken !== undefined || typeof apiKey === 'function';
    },
  };
}
