import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSwapClient } from '../../packages/client/src/index.js';
import { startGateway } from '../../testing/start-gateway.js';

const manifest = join(import.meta.dirname, '../../packages/client/generated/persisted-documents.json');

test.each(['ws', 'poll'] as const)(
  'a gateway that runs only the documents of the manifest runs all of the client, by %s',
  async (transport) => {
    const gateway = await startGateway({ TRUSTED_DOCUMENTS: manifest });
    const client = createSwapClient({ url: gateway.url, transport });
    onTestFinished(() => client.close());
    const [ada, bruno] = (await client.samples()).map(({ url }) => url);
    const initImage = String(ada);
    const swap = await client.swap({ initImage, targetImage: String(bruno), referenceImage: initImage });
    expect(swap).toMatchObject({ status: 'SUCCEEDED' });
    expect(await client.get(swap.id)).toMatchObject({ id: swap.id });
    expect(await client.wait(swap.id)).toEqual(swap);
    expect((await client.list()).swaps).toHaveLength(1);
    await expect(client.cancel(swap.id)).rejects.toMatchObject({ code: 'NOT_CANCELABLE' });
    expect(await client.gatewayStatus()).toMatchObject({ upstream: 'SANDBOX' });
  },
);
