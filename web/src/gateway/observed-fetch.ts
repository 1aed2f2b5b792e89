import { authorization, reportUnauthenticated } from './api-key.ts';
import { reportLost, reportOnline } from './connection.ts';

/** Statuses of a proxy that does not reach the gateway, or of a gateway on its way down. */
const lostStatuses = [502, 503, 504];

/** `fetch` with the API key, which tells the page whether the gateway is there and lets it in. */
export async function observedFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(input, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), ...authorization() },
    });
  } catch (error) {
    if (!init.signal?.aborted) reportLost();
    throw error;
  }
  if (lostStatuses.includes(response.status)) reportLost();
  else reportOnline();
  if (response.status === 401) reportUnauthenticated();
  return response;
}
