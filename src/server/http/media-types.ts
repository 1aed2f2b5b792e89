import type { IncomingHttpHeaders } from 'node:http';
import type { HTTPGraphQLResponse } from '@apollo/server';
import { LRUCache } from 'lru-cache';

/** Learns the response media type that Apollo chooses for each `Accept` header, which it depends on alone. */
export interface MediaTypes {
  /** The response media type, if the request is plain JSON and Apollo has responded to the same `Accept` header before. */
  known(headers: IncomingHttpHeaders): string | undefined;
  learn(headers: IncomingHttpHeaders, response: HTTPGraphQLResponse): void;
}

/** Content types that need no further parsing to be recognized as JSON. */
export const plainJson = /^application\/json(; ?charset=utf-8)?$/i;
const maxAcceptLength = 200;

export function createMediaTypes(): MediaTypes {
  const byAccept = new LRUCache<string, string>({ max: 100 });
  return {
    known: ({ accept = '', 'content-type': sent = '' }) =>
      plainJson.test(sent) ? byAccept.get(accept) : undefined,
    learn({ accept = '' }, { status = 200, headers }) {
      const type = headers.get('content-type');
      if (status === 200 && type !== undefined && accept.length <= maxAcceptLength)
        byAccept.set(accept, type);
    },
  };
}
