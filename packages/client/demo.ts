/** `npm run demo`: one swap of two sample pictures from request to JPEG, as a client of the gateway would do it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type DemoGateway, startDemoGateway } from './demo-gateway.js';
import { createSwapClient, type Swap, type SwapClient, SwapClientError } from './swap-client.js';
import { createSwapDisplay } from './swap-display.js';

const help = `Swaps the face of one picture for that of another, and saves the result under ./out/.

  --url URL          GATEWAY_URL        default: a gateway at http://127.0.0.1:4000, or one started for the demo
  --own                                 start a gateway with the sandbox, whatever is running already
  --api-key KEY      GATEWAY_API_KEY    for a gateway that asks for one
  --init URL         the picture whose face is replaced; default: a sample of the gateway's
  --target URL       the picture with the new face; default: another sample
  --reference URL    which face of the first one; default: the first one itself
  --help
`;
const usualUrl = 'http://127.0.0.1:4000';
const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      own: { type: 'boolean' },
      'api-key': { type: 'string' },
      init: { type: 'string' },
      target: { type: 'string' },
      reference: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) process.stdout.write(help);
  else await run(values);
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

type DemoArguments = Partial<Record<'url' | 'api-key' | 'init' | 'target' | 'reference', string>> & {
  own?: boolean;
};

async function run(given: DemoArguments): Promise<void> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort(new Error('interrupted')));
  const givenUrl = given.url ?? (process.env['GATEWAY_URL'] || undefined);
  const apiKey = given['api-key'] ?? process.env['GATEWAY_API_KEY'] ?? '';

  let own: DemoGateway | undefined;
  let url = givenUrl ?? usualUrl;
  if (given.own || (givenUrl === undefined && !(await answers(url)))) {
    own = await startDemoGateway();
    url = own.url;
  }
  const client = createSwapClient({ url, apiKey });
  try {
    const swap = await swapPictures(client, url, given, interruption.signal);
    if (swap.status !== 'SUCCEEDED')
      throw new Error(`the swap ended as ${swap.status}${swap.error ? `: ${swap.error.message}` : ''}`);
    print(`saved ${await savePicture(swap)}`);
  } finally {
    client.close();
    await own?.close();
  }
}

/** Whether a gateway is there at all; one that refuses to talk to us without a key is. */
async function answers(url: string): Promise<boolean> {
  const client = createSwapClient({ url });
  return client.gatewayStatus().then(
    () => true,
    (error: unknown) => !(error instanceof SwapClientError && error.code === 'UNREACHABLE'),
  );
}

async function swapPictures(
  client: SwapClient,
  url: string,
  given: DemoArguments,
  signal: AbortSignal,
): Promise<Swap> {
  const { version, upstream } = await client.gatewayStatus();
  const kind =
    upstream === 'LIVE' ? 'live, this swap is paid for' : 'sandbox: pasted together, no model is run';
  print(`gateway ${version} at ${url} (${kind})`);
  const usesSamples = given.init === undefined || given.target === undefined;
  if (upstream === 'LIVE' && usesSamples && isLoopback(url)) {
    throw new Error(
      `ModelsLab cannot read the samples of a gateway at ${url}; name public pictures with --init and --target`,
    );
  }
  const sample = (name: string): string => new URL(`/samples/${name}.jpg`, url).href;
  const initImage = given.init ?? sample('ada');
  const input = {
    initImage,
    targetImage: given.target ?? sample('bruno'),
    referenceImage: given.reference ?? initImage,
  };
  print(`the face of ${input.targetImage} into ${initImage}`);
  const display = createSwapDisplay();
  try {
    return await client.swap(input, { onUpdate: display.show, signal });
  } finally {
    display.stop();
  }
}

/** @returns its path, from the current directory */
async function savePicture({ id, output }: Swap): Promise<string> {
  const [address] = output;
  if (address === undefined) throw new Error(`swap ${id} succeeded without a picture`);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered with HTTP ${response.status}`);
  const folder = resolve('out');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${id}.jpg`);
  await writeFile(path, await response.bytes());
  return relative('.', path);
}

function isLoopback(url: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname);
}
