import { pageOrigin } from './gateway-url.js';
import { withSignal } from './signals.js';

/** A browser does not tell a page whether a server is down or refuses the page's origin; a request without CORS shows it. */
export async function explainSilence(base: string, send: typeof fetch): Promise<string> {
  const page = pageOrigin();
  if (page === undefined || `${base}/`.startsWith(`${page}/`)) return '';
  try {
    await withSignal([], 2000, (signal) => send(`${base}/livez`, { mode: 'no-cors', signal }));
    return ` A server is there, but it seems to refuse pages of ${page}: ALLOWED_ORIGINS of the gateway must contain that origin.`;
  } catch {
    return '';
  }
}
