/** How scripts reach the administration of a running gateway. */
import { readFileSync } from 'node:fs';

/**
 * Sends a request to the admin port. ADMIN_URL, or ADMIN_PORT on this machine, and ADMIN_TOKEN or ADMIN_TOKEN_FILE are read from the
 * environment and .env. Ends the process with a message if they are missing.
 *
 * @throws Error if the gateway does not respond
 */
export function callAdministration(method: 'GET' | 'POST', path: string, body?: object): Promise<Response> {
  const { ADMIN_URL, ADMIN_PORT } = process.env;
  const url = ADMIN_URL || (ADMIN_PORT && `http://127.0.0.1:${ADMIN_PORT}`);
  const token = readToken();
  if (!url || !token) fail('ADMIN_PORT (or ADMIN_URL) and ADMIN_TOKEN must be set as for the gateway');
  return fetch(`${url.replace(/\/+$/, '')}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    redirect: 'error',
  });
}

function readToken(): string | undefined {
  const { ADMIN_TOKEN, ADMIN_TOKEN_FILE } = process.env;
  if (ADMIN_TOKEN || !ADMIN_TOKEN_FILE) return ADMIN_TOKEN;
  try {
    return readFileSync(ADMIN_TOKEN_FILE, 'utf8').trim();
  } catch (error) {
    return fail(`ADMIN_TOKEN_FILE cannot be read: ${(error as Error).message}`);
  }
}

/** Prints what went wrong, and ends the process. */
export function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/** The message of an error, with its cause: that of a failed fetch is in the cause. */
export function explain(error: unknown): string {
  const { message, cause } = error as Error;
  return `${message}${cause instanceof Error ? ` (${cause.message})` : ''}`;
}
