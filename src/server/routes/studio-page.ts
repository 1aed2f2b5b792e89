import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What the Studio would have to ask for otherwise. */
export interface PageFacts {
  /** The sample pictures. Undefined: only clients with a key may know. */
  samples?: readonly { url: string; title: string; faces: number }[] | undefined;
  /** Whether there is a GraphQL IDE. */
  hasIde: boolean;
}

interface Encoded {
  bytes: Buffer;
  etag: string;
}

/** By preference. */
const encoders = {
  br: (text: string) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (text: string) => gzipSync(text, { level: 9 }),
  identity: (text: string) => Buffer.from(text),
};
type Encoding = keyof typeof encoders;

/**
 * A page of the Studio, completed with facts and compressed once for each of them.
 *
 * @param folder the built Studio; @param name the page that shows the samples chosen; without samples, an empty one is sent
 */
export function createStudioPage(folder: string, name: 'start' | 'swap', readFacts: () => PageFacts) {
  const read = (file: string): string => readFileSync(join(folder, `${file}.html`), 'utf8');
  const empty = read('index');
  const full = existsSync(join(folder, `${name}.html`)) ? read(name) : empty;
  let known: { json: string; text: string; encoded: Map<Encoding, Encoded> } | undefined;

  const complete = (facts: PageFacts, json: string): string => {
    const page = facts.samples?.length ? full : empty;
    return page
      .replace('<body>', () => `<body>\n    <script type="application/json" id="facts">${json}</script>`)
      .replace(/<a data-ide\b.*?<\/a>/, (link) => (facts.hasIde ? link : ''));
  };
  const encode = (facts: PageFacts, encoding: Encoding): Encoded => {
    const json = JSON.stringify(facts).replaceAll('<', '\\u003c');
    if (known?.json !== json) known = { json, text: complete(facts, json), encoded: new Map() };
    const { text, encoded } = known;
    const found = encoded.get(encoding);
    if (found) return found;
    const etag = `"${hash('sha256', text, 'base64url')}-${encoding}"`;
    const made = { bytes: encoders[encoding](text), etag };
    encoded.set(encoding, made);
    return made;
  };

  return (request: FastifyRequest, reply: FastifyReply) => {
    const encoding = chooseEncoding(request.headers['accept-encoding']);
    const { bytes, etag } = encode(readFacts(), encoding);
    reply.headers({ 'cache-control': 'no-cache', vary: 'accept-encoding', etag });
    const isKnown = request.headers['if-none-match']
      ?.split(',')
      .some((tag) => tag.trim().replace(/^W\//, '') === etag);
    if (isKnown) return reply.code(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type('text/html; charset=utf-8').send(bytes);
  };
}

function chooseEncoding(accepted = ''): Encoding {
  const codings = accepted.split(',').flatMap((part) => {
    const [coding = '', weight = ''] = part.split(';').map((word) => word.trim().toLowerCase());
    return /^q=0(\.0*)?$/.test(weight) ? [] : [coding];
  });
  return (['br', 'gzip'] as const).find((encoding) => codings.includes(encoding)) ?? 'identity';
}
