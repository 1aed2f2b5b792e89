import { type Agent, request } from 'undici';

export type PostResult =
  | { kind: 'answer'; httpStatus: number; text: string }
  /** `wasSent` is false only if not one byte of the body was written, so that the server cannot have taken the request. */
  | { kind: 'no-answer'; wasSent: boolean; reason: string };

const maxAnswerBytes = 1024 * 1024;

/**
 * One POST; never sent again by itself. Follows no redirect. Never throws: a refused connection, a reset, a timeout and
 * an answer that is broken off, or larger than 1 MiB, are `no-answer`.
 *
 * @param timeoutMs for connecting, sending and the whole answer together
 */
export async function postJson(
  url: string,
  body: object,
  { agent, timeoutMs }: { agent: Agent; timeoutMs: number },
): Promise<PostResult> {
  const bytes = Buffer.from(JSON.stringify(body));
  let wasSent = false;
  // undici takes the body from this only once there is a connection to write it to.
  const once = function* (): Generator<Buffer> {
    wasSent = true;
    yield bytes;
  };
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      headers: {
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        accept: 'application/json',
      },
      body: once() as unknown as Uint8Array,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > maxAnswerBytes) return { kind: 'no-answer', wasSent, reason: 'answer is too large' };
      chunks.push(chunk);
    }
    return { kind: 'answer', httpStatus: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    return {
      kind: 'no-answer',
      wasSent,
      reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
}
