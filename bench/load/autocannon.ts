/** Stands in for wrk where that is missing: `node load/autocannon.ts URL CASES CONNECTIONS SECONDS`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LoadCase } from './http-load.ts';

type Autocannon = (options: object) => Promise<{
  duration: number;
  requests: { total: number };
  latency: { p50: number; p99: number };
  errors: number;
  timeouts: number;
  mismatches: number;
  non2xx: number;
}>;

const [url, casesPath = '', connections, seconds] = process.argv.slice(2);
const cases = JSON.parse(readFileSync(casesPath, 'utf8')) as LoadCase[];
const answers = new Map(cases.map(({ id, answer }) => [id, answer]));
const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;
const result = await autocannon({
  url: `${url}/graphql`,
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: process.env['authorization'] ?? '' },
  connections: Number(connections),
  duration: Number(seconds),
  requests: cases.map(({ request }) => ({ body: request })),
  verifyBody: (body: string) => answers.get(/"id":"([^"]+)"/.exec(body)?.[1] ?? '') === body,
});
console.log(
  `RESULT ${JSON.stringify({
    requests: result.requests.total,
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    wrong: result.mismatches + result.non2xx,
    failed: result.errors + result.timeouts,
  })}`,
);
