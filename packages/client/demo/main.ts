/** `npm run demo`: one swap of two sample pictures from request to JPEG, as a client of the gateway would do it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createSwapClient, type Swap, type SwapClient, SwapClientError } from '../src/index.js';
import { type DemoGateway, startDemoGateway } from './demo-gateway.js';
import { createSwapDisplay } from './swap-display.js';

const help = `Swaps a face in one picture for the face in another, and saves the result in ./out/.

  --url URL          GATEWAY_URL        default: a gateway at http://127.0.0.1:4000, or one started for the demo
  --own                                 start a gateway with the sandbox, even if one is running
  --api-key KEY      GATEWAY_API_KEY    if the gateway requires one
  --init URL         the picture whose face is replaced; default: one of the gateway's samples
  --target URL       the picture with the new face; default: another sample
  --reference URL    the face to replace; default: the --init picture
  --help
`;
const defaultUrl = 'http://127.0.0.1:4000';
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
  let url = givenUrl ?? defaultUrl;
  if (given.own || (givenUrl === undefined && !(await isRunningAt(url)))) {
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

/** Whether a gateway is running there, even one that requires a key. */
async function isRunningAt(url: string): Promise<boolean> {
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
  const kind = upstream === 'LIVE' ? 'live, this swap costs money' : 'sandbox: pastes faces, runs no model';
  print(`gateway ${version} at ${url} (${kind})`);
  const usesSamples = given.init === undefined || given.target === undefined;
  if (upstream === 'LIVE' && usesSamples && isLoopback(url)) {
    throw new Error(
      `ModelsLab cannot read the samples of a gateway at ${url}; use --init and --target with public pictures`,
    );
  }
  const sample = (name: string): string => new URL(`/samples/${name}.jpg`, url).href;
  const initImage = given.init ?? sample('ada');
  const input = {
    initImage,
    targetImage: given.target ?? sample('bruno'),
    referenceImage: given.reference ?? initImage,
  };
  print(`the face from ${input.targetImage} into ${initImage}`);
  const display = createSwapDisplay();
  try {
    return await client.swap(input, { onUpdate: display.show, signal });
  } finally {
    display.stop();
  }
}

/** @returns the path, relative to the current directory */
async function savePicture({ id, output }: Swap): Promise<string> {
  const [url] = output;
  if (url === undefined) throw new Error(`swap ${id} succeeded without a picture`);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} responded with HTTP ${response.status}`);
  const folder = resolve('out');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${id}.jpg`);
  await writeFile(path, await response.bytes());
  return relative('.', path);
}

function isLoopback(url: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname);
}
