import fc from 'fast-check';
import { changedDocuments } from './documents.ts';
import { jsonTexts, mostly, objectText, sometimes } from './json-texts.ts';
import { type HostileResponse, hostileResponses, modelsLabBodies } from './responses.ts';

/** Placeholders, of the same length as the values known only when a case runs. */
export const placeholders = { id: '7000000007', port: '59999' } as const;

/** One attack: what is sent, or how the upstream responds. Its content depends only on the seed. */
export type Case =
  /** Bytes on a connection. `end`: the connection is closed in the middle of the request. */
  | { entrance: 'http'; head: string; body: Buffer; end: boolean }
  | {
      entrance: 'socket';
      init: string | undefined;
      messages: readonly (string | Buffer)[];
      frames: Buffer | undefined;
    }
  | { entrance: 'upload'; headers: string; body: Buffer; end: boolean }
  | ({ entrance: 'upstream' } & UpstreamCase);

export interface UpstreamCase {
  submit: HostileResponse;
  fetch: HostileResponse;
  picture: HostileResponse;
  receiver: HostileResponse;
  hasReceiver: boolean;
  webhooks: readonly { contentType: string; body: Buffer }[];
}

const operations = [
  '{ gatewayStatus { queued } }',
  'query ($id: ID!) { swapResult(id: $id) { id status output } }',
  'query ($first: Int, $after: String) { swaps(first: $first, after: $after) { nodes { id } } }',
  'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }',
  'mutation ($id: ID!) { cancelSwap(id: $id) { id } }',
  'subscription ($id: ID!) { swapUpdated(id: $id) { id status queuePosition } }',
  '{ __schema { types { name } } }',
];

const deepDocuments = fc
  .tuple(fc.constantFrom(60, 400, 1000, 6000), fc.constantFrom('[', '{a:', '{ swaps ', '(', '{ ...on Query '))
  .map(([depth, open]) => `{ swapResult(id: ${open.repeat(depth)}`);

const documents = fc.oneof(
  { weight: 6, arbitrary: mostly(...operations) },
  { weight: 6, arbitrary: changedDocuments.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: deepDocuments.map((text) => JSON.stringify(text)) },
);

const variables = fc.oneof(
  jsonTexts,
  fc
    .record({
      id: sometimes(fc.oneof(mostly('1', placeholders.id), fc.constant('null'))),
      if: fc.constantFrom('true', 'false', 'null', '1', undefined),
      first: sometimes(jsonTexts),
      url: sometimes(mostly('x')),
      after: sometimes(jsonTexts),
      input: sometimes(jsonTexts),
      undeclared: sometimes(jsonTexts),
    })
    .map(objectText),
);

const operationTexts = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        query: sometimes(documents),
        variables: sometimes(variables),
        operationName: sometimes(jsonTexts),
        extensions: sometimes(jsonTexts),
      })
      .map(objectText),
  },
  { weight: 1, arbitrary: jsonTexts },
);

const paths = fc.oneof(
  { weight: 6, arbitrary: fc.constant('/graphql') },
  {
    weight: 2,
    arbitrary: fc
      .record({ query: documents, variables: sometimes(variables), extensions: sometimes(jsonTexts) })
      .map(({ query, variables: given = '', extensions = '' }) => {
        const encode = (text: string): string => encodeURIComponent(text.toWellFormed()).slice(0, 7000);
        return `/graphql?query=${encode(query)}&variables=${encode(given)}&extensions=${encode(extensions)}`;
      }),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '/',
      '/livez',
      '/readyz',
      '/metrics',
      '/samples/ada.jpg',
      '/samples/..%2f..%2fpackage.json',
      '/uploads/00000000000000000000000000000000.jpg',
      '/uploads/%00.jpg',
      '/swaps/x/download',
      '/swaps/%ff/download',
      '/sandbox/results/x.jpg',
      '/webhooks/modelslab/x',
      '/webhooks/other/x',
      '/webhooks/x',
      '/webhooks/modelslab/',
      '//',
      '*',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }).map((text) => `/${encodeURI(text.toWellFormed())}`) },
);

const headerLines = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('Content-Type: application/json', 'Authorization: Bearer KEY') },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'Content-Type: text/plain',
        'Content-Type: application/json; charset=utf-16',
        'Content-Type: multipart/form-data',
        'Content-Encoding: gzip',
        'Accept: multipart/mixed',
        'Accept: text/event-stream',
        'Authorization: Bearer e30.e30.e30',
        'Origin: null',
        'Expect: 100-continue',
        'Upgrade: websocket',
        'Range: bytes=0-',
        'If-None-Match: "x"',
        'X-Forwarded-For: ::1',
      ),
    },
    {
      weight: 1,
      arbitrary: fc.string({ maxLength: 30 }).map((text) => `X-Odd: ${text.replace(/[^ -~]/g, '?')}`),
    },
  ),
  { maxLength: 5 },
);

const httpCases: fc.Arbitrary<Case> = fc
  .record({
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH'),
    path: paths,
    headers: headerLines,
    text: operationTexts,
    framing: fc.constantFrom('length', 'length', 'length', 'chunked', 'short', 'odd'),
    end: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
  })
  .map(({ method, path, headers, text, framing, end }) => {
    const body = Buffer.from(text);
    const lengths: Record<string, string> = {
      length: `Content-Length: ${body.length}`,
      short: `Content-Length: ${Math.max(body.length - 3, 0)}`,
      odd: 'Content-Length: 1e3',
      chunked: 'Transfer-Encoding: chunked',
    };
    const head = [`${method} ${path} HTTP/1.1`, 'Host: HOST', ...headers, lengths[framing], '', ''].join(
      '\r\n',
    );
    const framed = framing === 'chunked' ? `${body.length.toString(16)}\r\n${text}\r\n0\r\n\r\n` : text;
    return { entrance: 'http', head, body: Buffer.from(framed), end };
  });

/** Valid messages: after any other the socket is closed, and what follows is not read. */
const soundMessages = fc.oneof(
  fc
    .tuple(fc.constantFrom('ping', 'pong'), jsonTexts)
    .map(([type, text]) => `{"type":"${type}","payload":{"a":${text === '' ? '0' : text}}}`),
  fc
    .tuple(fc.constantFrom('1', '2', '3'), fc.constantFrom(...operations), variables)
    .map(([id, query, given]) => {
      const payload = objectText({
        query: JSON.stringify(query),
        variables: given === '' ? undefined : given,
      });
      return `{"type":"subscribe","id":"${id}","payload":${payload}}`;
    }),
  fc.constantFrom('{"type":"complete","id":"1"}', '{"type":"complete","id":"2"}'),
);

const socketMessages = fc.oneof(
  { weight: 16, arbitrary: soundMessages.map((text): string | Buffer => text) },
  {
    weight: 6,
    arbitrary: fc
      .record({
        type: sometimes(
          mostly('subscribe', 'subscribe', 'ping', 'pong', 'complete', 'connection_init', 'next'),
        ),
        id: sometimes(mostly('1', '2')),
        payload: sometimes(fc.oneof(operationTexts, operationTexts, jsonTexts)),
      })
      .map((fields): string | Buffer => objectText(fields)),
  },
  { weight: 1, arbitrary: jsonTexts },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);

const socketCases: fc.Arbitrary<Case> = fc.record({
  entrance: fc.constant('socket' as const),
  init: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constant('{"type":"connection_init","payload":{"authorization":"Bearer KEY"}}'),
    },
    { weight: 1, arbitrary: jsonTexts.map((payload) => `{"type":"connection_init","payload":${payload}}`) },
    { weight: 2, arbitrary: fc.constant(undefined) },
  ),
  messages: fc.array(socketMessages, { maxLength: 8 }),
  frames: sometimes(fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes))),
});

const disturbed = (picture: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 }),
      fc.option(fc.nat(), { nil: undefined }),
    )
    .map(([changes, cut]) => {
      const bytes = Buffer.from(picture);
      // Most of what a decoder bases decisions on is at the beginning.
      for (const [place, value] of changes) bytes[place % Math.min(bytes.length, 700)] = value;
      return cut === undefined ? bytes : bytes.subarray(0, cut % bytes.length);
    });

const uploadCases = (pictures: readonly Buffer[]): fc.Arbitrary<Case> =>
  fc
    .record({
      file: fc.oneof(
        { weight: 5, arbitrary: fc.oneof(...pictures.map(disturbed)) },
        { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
        { weight: 1, arbitrary: fc.constant(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')) },
      ),
      boundary: fc.constantFrom('x', 'x', 'x', 'y', ''),
      partHead: fc.oneof(
        { weight: 5, arbitrary: fc.constant('Content-Disposition: form-data; name="p"; filename="p"') },
        {
          weight: 1,
          arbitrary: fc.constantFrom('', 'Content-Disposition: form-data', 'X: \0', 'A'.repeat(9000)),
        },
      ),
      copies: fc.constantFrom(1, 1, 1, 0, 2, 30),
      end: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
    })
    .map(({ file, boundary, partHead, copies, end }) => {
      const part = Buffer.concat([Buffer.from(`--x\r\n${partHead}\r\n\r\n`), file, Buffer.from('\r\n')]);
      const body = Buffer.concat([...Array.from({ length: copies }, () => part), Buffer.from('--x--\r\n')]);
      return { entrance: 'upload', headers: `multipart/form-data; boundary=${boundary}`, body, end };
    });

const texts = modelsLabBodies({
  id: placeholders.id,
  picture: `http://127.0.0.1:${placeholders.port}/picture/${placeholders.id}.jpg`,
});

const upstreamCases: fc.Arbitrary<Case> = fc.record({
  entrance: fc.constant('upstream' as const),
  submit: hostileResponses(texts),
  fetch: hostileResponses(texts),
  picture: hostileResponses(texts),
  receiver: hostileResponses(texts),
  hasReceiver: fc.boolean(),
  webhooks: fc.array(
    fc.record({
      contentType: fc.constantFrom('application/json', 'application/json', 'text/plain', 'x', ''),
      body: fc.oneof(
        { weight: 4, arbitrary: texts.map((text) => Buffer.from(text)) },
        { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
      ),
    }),
    { maxLength: 3 },
  ),
});

/** Requests that are admitted, so that their operations are read, validated and executed. */
const operationCases: fc.Arbitrary<Case> = fc
  .record({
    query: changedDocuments,
    variables: fc.record({
      id: fc.constantFrom('"x"', 'null', '1', '{}', undefined),
      if: fc.constantFrom('true', 'true', 'false', 'null', '1', undefined),
      first: fc.constantFrom('3', 'null', '-1', '1e20', '"3"', undefined),
      wait: fc.constantFrom('0', 'null', undefined),
      url: fc.constantFrom('"x"', 'null', undefined),
      input: fc.constantFrom('{}', 'null', '[]', undefined),
    }),
  })
  .map(({ query, variables }) => {
    const body = Buffer.from(objectText({ query: JSON.stringify(query), variables: objectText(variables) }));
    const head = [
      'POST /graphql HTTP/1.1',
      'Host: HOST',
      'Authorization: Bearer KEY',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      '',
      '',
    ].join('\r\n');
    return { entrance: 'http', head, body, end: false };
  });

/** @param pictures intact ones, to be corrupted */
export function generateCases(seed: number, count: number, pictures: readonly Buffer[]): Case[] {
  const all = fc.oneof(
    { weight: 4, arbitrary: httpCases },
    { weight: 3, arbitrary: operationCases },
    { weight: 3, arbitrary: socketCases },
    { weight: 1, arbitrary: uploadCases(pictures) },
    { weight: 3, arbitrary: upstreamCases },
  );
  return fc.sample(all, { seed, numRuns: count });
}
