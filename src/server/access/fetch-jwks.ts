import type { FetchImplementation } from 'jose';
import { exceedsNesting } from '../../lib/json-nesting.js';

/** A key set has a few keys, each of a few hundred bytes. */
const maxBytes = 1024 * 1024;

/** Fetches a JSON Web Key Set. @throws Error for one that is larger than 1 MiB or nested too deeply */
export const fetchJwks: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  if (response.status !== 200 || !response.body) return response;
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the key set is larger than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  text += decoder.decode();
  if (exceedsNesting(text)) throw new Error('the key set is nested too deeply');
  return new Response(text);
};
