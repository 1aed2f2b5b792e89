import { z } from 'zod';
import { secret } from './secret.js';
import { env, secretEnv } from './setting.js';

const minRedacted = 8;

/** The URL, and then the parts of it that must not be printed either. */
const proxyUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine(
    (text) => !URL.canParse(text) || hasOnlyOrigin(new URL(text)),
    'must have no path, query or fragment',
  )
  .transform((text) => {
    const { username, password } = new URL(text);
    const credentials = `${decode(username)}:${decode(password)}`;
    const parts = [password, decode(password), Buffer.from(credentials).toString('base64')];
    // A short one would also be redacted within ordinary words.
    return [text, ...parts.filter(({ length }) => length >= minRedacted)].map(secret);
  });

/** Through which proxies the gateway connects to others. */
export const proxySettings = {
  /** For `https:` destinations. Empty: directly. */
  httpsProxy: secretEnv('HTTPS_PROXY', proxyUrl.default([])),
  /** For `http:` destinations. */
  httpProxy: secretEnv('HTTP_PROXY', proxyUrl.default([])),
  /** Hosts that are connected to directly. Loopback always is. */
  noProxy: env('NO_PROXY', z.string().default('')),
};

/** Programs agree on the lower-case names, and most read the others as well: the former take precedence. */
export function withProxyVariables(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const merged = { ...variables };
  for (const { variable } of Object.values(proxySettings)) {
    const lower = variables[variable.toLowerCase()];
    if (lower !== undefined && lower.trim() !== '') merged[variable] = lower;
  }
  return merged;
}

const hasOnlyOrigin = ({ pathname, search, hash }: URL): boolean =>
  (pathname === '/' || pathname === '') && search + hash === '';

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
