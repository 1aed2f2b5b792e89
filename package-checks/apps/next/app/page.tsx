import { createSwapClient } from '@face-swap-gateway/client';
import { LiveSwap } from './live-swap';

export const dynamic = 'force-dynamic';

/** Rendered on the server, which has the key. */
export default async function Page() {
  const url = process.env['GATEWAY_URL'] ?? '';
  const swaps = createSwapClient({ url, apiKey: process.env['GATEWAY_API_KEY'] });
  const initImage = `${url}/samples/ada.jpg`;
  const input = { initImage, targetImage: `${url}/samples/bruno.jpg`, referenceImage: initImage };
  const swap = await swaps.request(input, { wait: 20 });
  return (
    <main>
      <p>{swap.status} on the server</p>
      <img src={swap.output[0]} alt="The server's result" />
      <LiveSwap url={url} input={{ ...input, reuse: 'NEVER' }} />
    </main>
  );
}
