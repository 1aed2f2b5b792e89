/**
 * Operates a running gateway over its admin port: npm run --silent ops -- COMMAND. See `callAdministration` for the settings that it
 * reads.
 *
 * Exits with 0 if it did what was asked, with 1 if it did not or there is no such swap, and with 2 for a wrong command line.
 */
import { callAdministration, explain } from './admin-client.ts';
import { readCommandLine, UsageError } from './ops/command-line.ts';

try {
  process.exitCode = await run();
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(isUsage ? `${error.message}\n\n${error.usage}` : explain(error));
  process.exitCode = isUsage ? 2 : 1;
}

async function run(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2));
  if ('help' in line) {
    console.log(line.help);
    return 0;
  }
  const results: Record<string, unknown>[] = [];
  for (const { method, path, body, missing } of line.requests) {
    const response = await callAdministration(method, path, body);
    const text = await response.text();
    if (response.status === 404 && missing !== undefined) throw new Error(missing);
    if (!response.ok) throw new Error(readProblem(response.status, text));
    results.push(JSON.parse(text) as Record<string, unknown>);
  }
  const [result = {}] = results;
  const merged = Object.assign(result, ...results.slice(1)) as Record<string, unknown>;
  console.log(line.json ? JSON.stringify(merged, undefined, 2) : line.show(merged, Date.now()));
  return 0;
}

function readProblem(status: number, text: string): string {
  if (status === 401) return 'the gateway refused ADMIN_TOKEN';
  try {
    const { errors } = JSON.parse(text) as { errors: { message: string }[] };
    return `refused: ${errors.map(({ message }) => message).join('; ')}`;
  } catch {
    return `the gateway responded with status ${status}`;
  }
}
