import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { samples } from '../samples/samples.js';
import { createSandbox } from './sandbox.js';
import { readSandboxArguments } from './sandbox-arguments.js';

const help = `Simulates ModelsLab's face-swap API, for development and CI. Costs nothing and runs no model.

  --port 4010          SANDBOX_PORT         0 picks a free one
  --host 127.0.0.1     SANDBOX_HOST
  --seed 1             SANDBOX_SEED         same seed and order of submits: same faults
  --faults '{}'        SANDBOX_FAULTS       JSON, e.g. '{"webhookDropped":0.3,"generationMs":[500,900]}'
  --queue-limit 5      SANDBOX_QUEUE_LIMIT
  --api-key KEY        SANDBOX_API_KEY      any other key gets 401; default: any key is accepted
  --public-url URL     SANDBOX_PUBLIC_URL   origin of links in responses
  --reach REACH        SANDBOX_REACH        where pictures are fetched from: public, public-or-loopback (default), anywhere
  --no-render          SANDBOX_RENDER=false fetches and draws nothing: for load and chaos runs
  --help

docs/sandbox.md describes every fault.
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    seed: { type: 'string' },
    faults: { type: 'string' },
    'queue-limit': { type: 'string' },
    'api-key': { type: 'string' },
    'public-url': { type: 'string' },
    reach: { type: 'string' },
    render: { type: 'boolean' },
    help: { type: 'boolean' },
  },
  allowNegative: true,
});

if (values.help) {
  process.stdout.write(help);
} else {
  try {
    await run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

async function run(): Promise<void> {
  const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'warn' });
  const sandbox = await createSandbox({ ...readSandboxArguments(values, process.env), logger });
  process.stdout.write(`Sandbox of ModelsLab's face-swap API: ${sandbox.baseUrl}
  gateway:   MODELSLAB_BASE_URL=${sandbox.baseUrl} MODELSLAB_API_KEY=any
  pictures:  ${sandbox.url}/samples/{${samples.map(({ name }) => name).join(',')}}.jpg
  its log:   ${sandbox.url}/_sandbox/submissions   (also /injected, /peak, /faults, /account)
  faults:    curl -X PUT ${sandbox.url}/_sandbox/faults -d '{"webhookDropped":0.5}'
`);
  const stop = () => void sandbox.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
