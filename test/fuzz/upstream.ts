import { placeholders, type UpstreamCase } from './cases.ts';
import { type HostileHost, startHostileHost } from './hostile-host.ts';
import type { HostileResponse } from './responses.ts';

/** ModelsLab and all other hosts, as defined by the cases. Ids and pictures carry the number of their case. */
export interface FuzzedUpstream extends HostileHost {
  play(number: number, upstreamCase: UpstreamCase): void;
  /** Resolves with the case's webhook URL once the case was submitted. */
  webhookUrl(number: number): Promise<string>;
  /** With the case's own id and pictures. */
  webhooksOf(number: number): UpstreamCase['webhooks'];
}

const firstId = 1_000_000_000;

const json = (body: object): HostileResponse => {
  const bytes = Buffer.from(JSON.stringify(body));
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return { head, body: bytes, resetAfter: undefined };
};

export async function startFuzzedUpstream(): Promise<FuzzedUpstream> {
  const cases = new Map<number, UpstreamCase>();
  const submitted = new Map<number, { promise: Promise<string>; resolve(url: string): void }>();
  let wellBehaved = 0;

  const submissionOf = (number: number) => {
    const known = submitted.get(number) ?? Promise.withResolvers<string>();
    submitted.set(number, known);
    return known;
  };

  /** Replaces the placeholders by the case's own id and this server's port, of the same length. */
  const fill = (number: number, response: HostileResponse): HostileResponse => ({
    ...response,
    body: fillIn(response.body, number),
  });

  function answer(path: string, body: string): HostileResponse {
    if (path.endsWith('/single_face_swap')) return answerSubmission(body);
    const [, id] = /(\d{10})(?:\.jpg)?$/.exec(path) ?? [];
    const number = Number(id) - firstId;
    const upstreamCase = cases.get(number);
    if (!upstreamCase) return json({ status: 'processing', output: '' });
    if (path.includes('/picture/')) return fill(number, upstreamCase.picture);
    if (path.includes('/receiver/')) return fill(number, upstreamCase.receiver);
    return fill(number, upstreamCase.fetch);
  }

  function answerSubmission(body: string): HostileResponse {
    const { init_image: image, webhook } = JSON.parse(body) as { init_image: string; webhook: string };
    const [, id] = /(\d{10})\.jpg$/.exec(image) ?? [];
    const number = Number(id) - firstId;
    const upstreamCase = cases.get(number);
    if (upstreamCase) {
      submissionOf(number).resolve(webhook);
      return fill(number, upstreamCase.submit);
    }
    wellBehaved += 1;
    return json({
      status: 'success',
      id: wellBehaved,
      output: [`${host.url}/fine/${wellBehaved}.jpg`],
      proxy_links: [],
      generationTime: 1,
    });
  }

  const host = await startHostileHost(answer);
  const { port } = new URL(host.url);
  const fillIn = (bytes: Buffer, number: number): Buffer =>
    Buffer.from(
      bytes
        .toString('latin1')
        .replaceAll(placeholders.id, String(firstId + number))
        .replaceAll(placeholders.port, port.padStart(placeholders.port.length, '0')),
      'latin1',
    );

  return {
    ...host,
    play: (number, upstreamCase) => void cases.set(number, upstreamCase),
    webhookUrl: (number) => submissionOf(number).promise,
    webhooksOf: (number) =>
      (cases.get(number)?.webhooks ?? []).map(({ contentType, body }) => ({
        contentType,
        body: fillIn(body, number),
      })),
  };
}

/** The picture that a case's swap is requested with, under its number. */
export const pictureOfCase = (host: string, number: number): string =>
  `${host}/picture/${firstId + number}.jpg`;
export const receiverOfCase = (host: string, number: number): string =>
  `${host}/receiver/${firstId + number}`;
