import { authorization, reportUnauthenticated } from './api-key.ts';
import { reportLost, reportOnline } from './connection.ts';

/** Statuses from a proxy that cannot reach the gateway, or from a gateway that is shutting down. */
const lostStatuses = [502, 503, 504];

/** Tracks whether the gateway is reachable and accepts the key. */
export function reportResponse(status: number): void {
  if (lostStatuses.includes(status)) reportLost();
  else reportOnline();
  if (status === 401) reportUnauthenticated();
}

export const reportUnreachable = reportLost;

/** `fetch` with the API key; see `reportResponse`. */
export async function observedFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(input, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), ...authorization() },
    });
  } catch (error) {
    if (!init.signal?.aborted) reportUnreachable();
    throw error;
  }
  reportResponse(response.status);
  return response;
}
