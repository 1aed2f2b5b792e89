import { expect, test } from 'vitest';
import { freePort } from '../../testing/free-port.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';

test("the gateway serves the sandbox's pictures, so that every client of the gateway can load them", async () => {
  const port = await freePort();
  const gateway = await startGateway({ PORT: String(port), ARCHIVE: 'off' });
  const sample = (name: string): string => `${gateway.url}/samples/${name}.jpg`;
  const { output } = await requestSwap(
    gateway,
    { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') },
    { wait: 30 },
  );
  expect(output).toEqual([expect.stringMatching(new RegExp(`^${gateway.url}/generations/[\\w-]+\\.jpg$`))]);
  const picture = await fetch(output[0] ?? '');
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
  expect(Buffer.from(await picture.arrayBuffer()).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  for (const name of ['nothing.jpg', '..%2f..%2fpackage.json']) {
    expect((await fetch(`${gateway.url}/generations/${name}`)).status).toBe(404);
  }
});
