import type { ServerResponse } from 'node:http';
import type { AccountRequests } from './account.js';
import { isKeyGood, type SandboxContext } from './sandbox-context.js';
import { resetConnection, sendBytes, sendHtml, sendJson, sendTruncated } from './wire-answer.js';

/** Where ModelsLab tells about an account, whatever the base path is. */
export const accountPaths: Readonly<Record<string, keyof AccountRequests>> = {
  '/api/v6/processing/request_count': 'request_count',
  '/api/wallet_balance': 'wallet_balance',
};

const windowMs = 60_000;
/** Of `request_count`, in a minute. */
const limit = 30;

/** `POST /api/v6/processing/request_count` and `POST /api/wallet_balance`. */
export function createAccountHandler(
  context: SandboxContext,
): (
  name: keyof AccountRequests,
  body: Record<string, unknown> | undefined,
  response: ServerResponse,
) => void {
  const { account, desk, jobs } = context;
  let recent: number[] = [];

  return (name, body, response) => {
    account.requests[name] += 1;
    const { answers, balance } = account.current();
    if (!isKeyGood(context, body?.['key'])) return sendJson(response, 401, error('Invalid API key'));
    const now = Date.now();
    recent = [...recent.filter((at) => now - at < windowMs), ...(name === 'request_count' ? [now] : [])];
    if (answers === 'limited' || recent.length > limit)
      return sendJson(response, 429, { ...error('Rate limit exceeded'), retry_after: 60 });

    const isCount = name === 'request_count';
    const value = isCount ? jobs.queued() + desk.current().othersQueued : (balance ?? 1_000_000);
    const fieldOf = (shown: unknown): object =>
      isCount ? { processing_count: shown } : { balance: shown, currency: 'USD' };
    const documented = (shown: unknown): object => ({
      status: 'success',
      ...(isCount ? fieldOf(shown) : { data: fieldOf(shown) }),
    });
    switch (answers) {
      case 'documented':
        return sendJson(response, 200, documented(value));
      case 'flat':
        return sendJson(response, 200, fieldOf(value));
      case 'text':
        return sendJson(response, 200, documented(isCount ? ` ${value} ` : `$${value.toFixed(2)}`));
      case 'wrapped':
        return sendJson(response, 200, [{ data: documented(String(value)) }]);
      case 'phpWarning':
        return sendBytes(
          response,
          200,
          'text/html',
          Buffer.from(`<br />\n<b>Warning</b>: Undefined index\n${JSON.stringify(documented(value))}`),
        );
      case 'missing':
        return sendJson(response, 404, error('Not found'));
      case 'refused':
        return sendJson(response, 403, error('This feature requires a premium subscription'));
      case 'unauthorized':
        return sendJson(response, 401, error('Invalid API key'));
      case 'error':
        return sendJson(response, 500, error('Internal server error'));
      case 'errorAs200':
        return sendJson(response, 200, { ...error('Not available in your plan'), ...fieldOf(value) });
      case 'html':
        return sendHtml(response, 200);
      case 'empty':
        return sendBytes(response, 200, 'application/json', Buffer.alloc(0));
      case 'cut':
        return sendTruncated(response, 200, documented(value));
      case 'words':
        return sendJson(response, 200, documented('a lot'));
      case 'negative':
        return sendJson(response, 200, documented(-3));
      case 'fraction':
        return sendJson(response, 200, isCount ? documented(1.5) : documented({ amount: value }));
      case 'nothing':
        return sendJson(response, 200, documented(null));
      case 'redirected':
        return sendBytes(response, 302, undefined, Buffer.alloc(0), { location: 'http://localhost:9/' });
      case 'reset':
        return resetConnection(response);
      case 'hang':
        return;
    }
  };
}

const error = (message: string): object => ({ status: 'error', message });
