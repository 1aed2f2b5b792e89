/** Replaces wrk where that is not installed: `node load/autocannon.ts URL TASK CONNECTIONS SECONDS`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LoadCase, LoadTemplate, RawLoad } from './http-load.ts';

type Autocannon = (options: object) => Promise<{
  duration: number;
  requests: { total: number };
  latency: { p50: number; p99: number };
  errors: number;
  timeouts: number;
  mismatches: number;
  non2xx: number;
}>;

type Task = { authorization: string } & ({ cases: LoadCase[] } | LoadTemplate);

const [url, taskPath = '', connections, seconds] = process.argv.slice(2);
const task = JSON.parse(readFileSync(taskPath, 'utf8')) as Task;
const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;
const result = await autocannon({
  url: `${url}/graphql`,
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: task.authorization },
  connections: Number(connections),
  duration: Number(seconds),
  ...('cases' in task ? inTurn(task.cases) : numbered(task)),
});
const raw: RawLoad = {
  requests: result.requests.total,
  seconds: result.duration,
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
  wrong: result.mismatches + result.non2xx,
  failed: result.errors + result.timeouts,
};
console.log(`RESULT ${JSON.stringify(raw)}`);

function inTurn(cases: LoadCase[]): object {
  const answers = new Map(cases.map(({ id, answer }) => [id, answer]));
  return {
    requests: cases.map(({ request }) => ({ body: request })),
    verifyBody: (body: string) => answers.get(/"id":"([^"]+)"/.exec(body)?.[1] ?? '') === body,
  };
}

function numbered({ parts, from, expected }: LoadTemplate): object {
  let number = from;
  return {
    requests: [{ setupRequest: (request: object) => ({ ...request, body: parts.join(String(++number)) }) }],
    verifyBody: (body: string) => body.includes(expected),
  };
}
