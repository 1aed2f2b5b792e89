import { setImmediate } from 'node:timers/promises';

/** A JSON body that is sent in parts. */
export interface StreamedBody {
  bytes: number;
  /** May be called once. */
  parts(): AsyncIterable<Buffer>;
}

/** Of raw bytes, encoded at a time: a multiple of three, and a fraction of a millisecond of work. */
const sliceBytes = 48 * 1024;

/**
 * A JSON object whose buffers become base64 text. Encodes while sending, so that neither the text of several megabytes nor one
 * long turn of the event loop is needed. Undefined fields are left out.
 *
 * @param onSent called once all parts were taken, or the request ended before
 */
export function jsonWithPictures(
  fields: Readonly<Record<string, unknown>>,
  onSent: () => void,
): StreamedBody {
  const parts: (string | Buffer)[] = [];
  let text = '{';
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    text += `${text === '{' ? '' : ','}${JSON.stringify(name)}:`;
    if (Buffer.isBuffer(value)) {
      parts.push(`${text}"`, value);
      text = '"';
    } else {
      text += JSON.stringify(value);
    }
  }
  parts.push(`${text}}`);
  return {
    bytes: parts.reduce((sum, part) => sum + encodedBytes(part), 0),
    async *parts() {
      try {
        for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
          if (typeof part === 'string') yield Buffer.from(part);
          else yield* encoded(part);
        }
      } finally {
        parts.length = 0;
        onSent();
      }
    },
  };
}

const encodedBytes = (part: string | Buffer): number =>
  typeof part === 'string' ? Buffer.byteLength(part) : Math.ceil(part.length / 3) * 4;

async function* encoded(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    yield Buffer.from(bytes.toString('base64', at, at + sliceBytes), 'latin1');
    // A fast socket never asks to wait, and would take a whole picture within one turn.
    await setImmediate();
  }
}
