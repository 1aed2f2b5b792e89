import { pngBomb, zippedChunk } from '../../testing/picture-bombs.ts';
import { patienceMs } from '../../testing/timeouts.ts';
import { inParallel, openConnection } from './attack-tools.ts';
import type { Attack } from './attacks.ts';
import { authorizationOf, type Target } from './bystander.ts';

const bombs: [name: string, bytes: () => Buffer][] = [
  ['a 16-bit PNG of 20,000,000 × 2', () => pngBomb({ width: 20_000_000, height: 2 })],
  [
    'an interlaced 16-bit PNG of 50 megapixels',
    () => pngBomb({ width: 10_000, height: 5000, colorType: 6, isInterlaced: true }),
  ],
  [
    'text chunks and a profile that decompress to 300 MB',
    () =>
      pngBomb({
        width: 9,
        height: 9,
        extra: [zippedChunk('iCCP', 100e6), zippedChunk('iTXt', 100e6), zippedChunk('zTXt', 100e6)],
      }),
  ],
  ['a PNG that ends after its header', () => pngBomb({ width: 8000, height: 5000, rawBytes: 10 })],
];
/** Decoded, rejected, or too many: all acceptable, as long as there is a response. */
const fineStatuses = [201, 413, 422, 429];
/** Side of the picture that is never read to its end. */
const largeSide = 2400;
/** Maximum duration of another client's upload, milliseconds. */
const uploadWithinMs = 2 * patienceMs;

export const pictureAttacks: Attack[] = [
  {
    name: 'pictures that decompress to gigabytes',
    async run(target) {
      const statuses = new Map<number, number>();
      for (const [name, make] of bombs) {
        const bytes = make();
        const answers = await inParallel(2, 2, (index) => send(target, target.attackerKeys[index], bytes));
        for (const { status } of answers) {
          if (!fineStatuses.includes(status)) throw new Error(`${name}: ${status}`);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }
      const counts = [...statuses].sort().map(([status, count]) => `${count} × ${status}`);
      return `${bombs.length} bombs, twice each: ${counts.join(', ')}`;
    },
  },
  {
    name: 'uploads that send nothing',
    async run(target, { silentUploads }) {
      const [key] = target.attackerKeys;
      const open = await inParallel(silentUploads, 50, async () => {
        const socket = await openConnection(target);
        socket.write(requestHead(target, key, 'POST /uploads', ['content-length: 9000000']));
        return socket;
      });
      const began = performance.now();
      const { status } = await send(target, target.key, await noisyPicture(64));
      const ms = performance.now() - began;
      for (const socket of open) socket.destroy();
      if (status !== 201 || ms > uploadWithinMs)
        throw new Error(`another client's upload: ${status} after ${ms} ms`);
      return `${silentUploads} held while another client's upload took ${Math.round(ms)} ms`;
    },
  },
  {
    name: 'readers that never read a picture of several MB',
    async run(target, { silentReaders }) {
      const stored = await send(target, target.attackerKeys[1], await noisyPicture(largeSide));
      const { url } = JSON.parse(stored.text) as { url: string };
      const path = new URL(url).pathname;
      const open = await inParallel(silentReaders, 50, async () => {
        const socket = await openConnection(target);
        socket.pause();
        socket.write(requestHead(target, undefined, `GET ${path}`, []));
        return socket;
      });
      const { status } = await fetch(`${target.url}/samples/ada.jpg`);
      for (const socket of open) socket.destroy();
      if (status !== 200) throw new Error(`a concurrent sample: ${status}`);
      return `${silentReaders} held`;
    },
  },
];

function requestHead(
  { url }: Target,
  key: string | undefined,
  line: string,
  headers: readonly string[],
): string {
  const all = [
    `host: ${new URL(url).host}`,
    'content-type: multipart/form-data; boundary=x',
    ...(key === undefined ? [] : [`authorization: Bearer ${key}`]),
    ...headers,
  ];
  return `${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`;
}

async function send(
  { url }: Target,
  key: string | undefined,
  bytes: Buffer,
): Promise<{ status: number; text: string }> {
  const form = new FormData();
  form.append('picture', new Blob([new Uint8Array(bytes)]), 'a.png');
  const response = await fetch(`${url}/uploads`, {
    method: 'POST',
    body: form,
    headers: authorizationOf(key),
  });
  return { status: response.status, text: await response.text() };
}

async function noisyPicture(side: number): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
  return sharp({ create: { width: side, height: side, channels: 3, background: '#888', noise } })
    .jpeg({ quality: 80 })
    .toBuffer();
}
