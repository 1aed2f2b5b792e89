import sharp from 'sharp';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.js';
import { compositeWithAi } from '../../src/provenance/label.js';
import { readProvenance } from '../../src/provenance/read-provenance.js';
import {
  give,
  readArchive,
  startPictureHost,
  startPlainSandbox,
  swapWith,
} from '../../testing/archived-swap.js';
import { pictureFile } from '../../testing/picture-file.js';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const pixelsOf = async (bytes: Buffer): Promise<Buffer> => sharp(bytes).raw().toBuffer();

async function startWithHost(env: Record<string, string> = {}) {
  const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
  const settings = { DATA_DIR: temporaryFolder(), DISCLOSURE_TEXT: 'Künstlich', ...env };
  return { sandbox, host, settings, gateway: await startGateway(settings, { sandbox }) };
}

const untilStored = (gateway: TestGateway, id: string) =>
  expect.poll(async () => (await readArchive(gateway, id)).archiveState, { timeout: 20_000 }).toBe('STORED');

async function provenanceOf({ graphql }: TestGateway, id: string): Promise<unknown[]> {
  const query = `query ($id: ID!) { swapResult(id: $id) {
    files { provenance { state digitalSourceType disclosure } } } }`;
  const { data } = await graphql(query, { id });
  const swap = data?.['swapResult'] as { files: { provenance: unknown }[] } | undefined;
  return swap?.files.map(({ provenance }) => provenance) ?? [];
}

test('copies are labeled with the same pixels, and say so in the schema, in the file and in the header', async () => {
  const { sandbox, host, settings, gateway } = await startWithHost();
  const originals = [samplePicture('ada'), await plainPicture(40, 30), await plainPicture(40, 30, 'webp')];
  for (const [index, original] of originals.entries()) host.serve(`/${index}`, give(original));
  const urls = originals.map((_, index) => `${host.url}/${index}`);
  const { id, output } = await swapWith(gateway, sandbox, urls);
  await untilStored(gateway, id);
  const labeled = { state: 'LABELED', digitalSourceType: compositeWithAi, disclosure: 'Künstlich' };
  expect(await provenanceOf(gateway, id)).toEqual(originals.map(() => labeled));
  await gateway.gateway.close();

  const next = await startGateway(settings, { sandbox });
  const { files } = await readArchive(next, id);
  for (const [index, original] of originals.entries()) {
    const path = new URL(output[index] ?? '').pathname;
    const response = await fetch(next.url + path);
    const copy = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('x-ai-disclosure')).toBe('%"K%c3%bcnstlich"');
    expect((await pixelsOf(copy)).equals(await pixelsOf(original))).toBe(true);
    expect(await readProvenance(pictureFile(copy))).toMatchObject({ state: 'LABELED' });
    expect(files[index]?.bytes).toBe(copy.length);
    expect(files[index]?.sha256).not.toBe(files[index]?.sourceSha256);
  }
  const download = await fetch(`${next.url}/swaps/${id}/download`);
  expect(download.headers.get('x-ai-disclosure')).toBe('%"K%c3%bcnstlich"');
});

test.each(['jpeg', 'png', 'webp'] as const)(
  'a %s that is read before, while and after it is copied has the same bytes and ETag, and the label states when its swap ended',
  async (format) => {
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + aheadMs };
    const [sandbox, host] = [await startPlainSandbox(), await startPictureHost()];
    const settings = { DATA_DIR: temporaryFolder() };
    const gateway = await startGateway(settings, { sandbox, clock });
    // The first attempt to copy it fails, so that it is read first.
    let isFirst = true;
    const original = await plainPicture(40, 30, format);
    host.serve('/0', (response, request) => {
      if (isFirst) response.writeHead(503).end();
      else give(original)(response, request);
      isFirst = false;
    });
    const { id, output, completedAt } = await swapWith(gateway, sandbox, [`${host.url}/0`]);
    await expect.poll(() => host.reads['/0']).toBe(1);
    const read = async (origin: string) => {
      const response = await fetch(origin + new URL(output[0] ?? '').pathname);
      const bytes = Buffer.from(await response.arrayBuffer());
      return { bytes: bytes.toString('base64'), etag: response.headers.get('etag') };
    };
    aheadMs = 3_600_000;
    const early = await read(gateway.url);
    await untilStored(gateway, id);
    expect(await read(gateway.url)).toEqual(early);
    await gateway.gateway.close();
    const next = await startGateway(settings, { sandbox });
    expect(await read(next.url)).toEqual(early);
    const stated = await readProvenance(pictureFile(Buffer.from(early.bytes, 'base64')));
    expect(Date.parse(stated.time ?? '')).toBe(Math.floor(Date.parse(String(completedAt)) / 1000) * 1000);
  },
);

test('a picture that cannot be labeled is stored as it came, and says why', async () => {
  const { sandbox, host, gateway } = await startWithHost();
  const original = await plainPicture(40, 30, 'gif');
  host.serve('/0', give(original));
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/0`]);
  await untilStored(gateway, id);
  expect(await provenanceOf(gateway, id)).toMatchObject([{ state: 'UNSUPPORTED', digitalSourceType: null }]);
  const copy = Buffer.from(await (await fetch(output[0] ?? '')).arrayBuffer());
  expect(copy.equals(original)).toBe(true);
});

test('with PROVENANCE=off copies carry no label', async () => {
  const { sandbox, host, gateway } = await startWithHost({ PROVENANCE: 'off' });
  host.serve('/0', give(samplePicture('ada')));
  const { id } = await swapWith(gateway, sandbox, [`${host.url}/0`]);
  await untilStored(gateway, id);
  expect(await provenanceOf(gateway, id)).toMatchObject([{ state: 'NONE', digitalSourceType: null }]);
});
