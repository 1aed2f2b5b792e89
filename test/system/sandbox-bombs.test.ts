import { expect, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { animation, pngBomb } from '../../testing/picture-bombs.js';
import { samplePicture } from '../../testing/pictures.js';
import { childrenOf, isAlive, peakMiB } from '../../testing/process-facts.js';
import { startResultHost } from '../../testing/result-host.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { longTestTimeoutMs } from '../../testing/timeouts.js';

test(
  "the sandbox's input pictures, even bombs, are decoded outside of the gateway process",
  async () => {
    const pictures: [string, Buffer, string][] = [
      ['a 16-bit PNG of 20,000,000 × 2', pngBomb({ width: 20_000_000, height: 2 }), 'FAILED'],
      ['a PNG of 40 megapixels', pngBomb({ width: 8000, height: 5000, bitDepth: 8 }), 'SUCCEEDED'],
      ['a GIF of 1,000 frames', await animation('gif', 32, 1000), 'SUCCEEDED'],
      ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'FAILED'],
      ['20 MB', Buffer.concat([samplePicture('ada'), Buffer.alloc(20_000_000)]), 'FAILED'],
      ['half a JPEG', samplePicture('ada').subarray(0, 3000), 'FAILED'],
      ['a truncated AVIF', Buffer.from('\0\0\0\x1cftypavif\0\0\0\0avifmif1', 'latin1'), 'FAILED'],
    ];
    const host = await startResultHost(
      Object.fromEntries(
        pictures.map(([, bytes], index) => [`/${index}`, (response) => void response.end(bytes)]),
      ),
    );
    const gateway = await startGatewayProcess({ DATA_DIR: temporaryFolder() });
    const sample = `${gateway.url}/samples/ada.jpg`;
    const swapWith = (initImage: string) =>
      requestSwap(gateway, { initImage, targetImage: sample, referenceImage: sample }, { wait: 60 });
    for (const [index, [name, , status]] of pictures.entries())
      expect([name, (await swapWith(`${host.url}/${index}`)).status]).toEqual([name, status]);
    expect((await swapWith(sample)).status).toBe('SUCCEEDED');
    const [decoder] = childrenOf(gateway.child.pid);
    expect(peakMiB(decoder)).toBeLessThan(700);
    expect(peakMiB(gateway.child.pid)).toBeLessThan(250);
    await gateway.kill('SIGKILL');
    await expect.poll(() => isAlive(decoder)).toBe(false);
  },
  longTestTimeoutMs,
);
