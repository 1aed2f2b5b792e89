/**
 * Sends requests to a server at a fixed rate, however slowly it responds: `node clients/http-prober.ts URL BODY`.
 * Reports its samples on request.
 */
import { Agent, request } from 'undici';
import { authorization } from '../process/gateway.ts';

/** One request. Times are nanoseconds of the system's monotonic clock. */
export interface Sample {
  beganAtNs: string;
  ms: number;
  isGood: boolean;
}

const intervalMs = 5;
const [url = '', body = ''] = process.argv.slice(2);
const dispatcher = new Agent({ connections: 50 });
const samples: Sample[] = [];

async function sendProbe(): Promise<void> {
  const beganAt = process.hrtime.bigint();
  const headers = { 'content-type': 'application/json', authorization };
  const isGood = await request(`${url}/graphql`, { method: 'POST', headers, body, dispatcher })
    .then(async (answer) => (await answer.body.text()).includes('"data":{') && answer.statusCode === 200)
    .catch(() => false);
  const ms = Number(process.hrtime.bigint() - beganAt) / 1e6;
  samples.push({ beganAtNs: String(beganAt), ms, isGood });
}

setInterval(() => void sendProbe(), intervalMs);
process.on('message', () => process.send?.(samples.splice(0)));
console.log('ready');
