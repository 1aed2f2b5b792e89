import type { IncomingHttpHeaders } from 'node:http';
import type { HTTPGraphQLResponse } from '@apollo/server';
import { LRUCache } from 'lru-cache';

/** How Apollo answers what a client accepts, by example: it depends on that one header alone. */
export interface MediaTypes {
  /** The media type to answer with, when the request is plain JSON and Apollo has answered one that accepts the same. */
  known(headers: IncomingHttpHeaders): string | undefined;
  learn(headers: IncomingHttpHeaders, answer: HTTPGraphQLResponse): void;
}

/** What may be taken for JSON without a second look. */
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
