import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { FaultDraw } from './fault-draw.js';
import { toJson } from './wire-json.js';

/** A body as bytes, with the headers that describe them. */
export interface WireForm {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const byteOrderMark = '\uFEFF';
const phpWarning =
  '<br />\n<b>Warning</b>:  Undefined array key "seed" in <b>/var/www/html/app/Http/Controllers/DeepfakeController.php</b> on line <b>412</b><br />\n';
const compressions = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const;
const oddTypes = ['text/html; charset=UTF-8', 'text/plain', 'application/octet-stream', undefined];

/** JSON as sloppy servers send it. Only responses are compressed, never webhooks. */
export function drawWireForm(body: unknown, draw: FaultDraw, isAnswer: boolean): WireForm {
  const warned = `${draw.happens('phpWarning') ? phpWarning : ''}${toJson(body)}`;
  const bytes = Buffer.from(draw.happens('byteOrderMark') ? `${byteOrderMark}${warned}` : warned);
  const type = contentType(draw);
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  if (!isAnswer || !draw.happens('compressed')) return { bytes, headers };
  const [encoding, compress] = compressions[Math.floor(draw.fraction('compression') * 3)] ?? compressions[0];
  return { bytes: compress(bytes), headers: { ...headers, 'content-encoding': encoding } };
}

function contentType(draw: FaultDraw): string | undefined {
  if (!draw.happens('contentTypeOdd')) return 'application/json';
  return oddTypes[Math.floor(draw.fraction('contentType') * oddTypes.length)];
}
