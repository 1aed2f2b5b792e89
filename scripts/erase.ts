/**
 * Erases everything about a client of a running gateway, and prints a receipt as JSON: npm run --silent erase -- --client NAME
 *
 * Exits with 2 while erasures are pending: repeat it later.
 */
import { parseArgs } from 'node:util';
import { callAdministration, explain, fail } from './admin-client.ts';

const { client } = readArguments();
try {
  const response = await callAdministration('POST', `/clients/${encodeURIComponent(client)}/erase`);
  if (!response.ok)
    fail(`the gateway did not erase the client (${response.status}): ${await response.text()}`);
  const receipt = (await response.json()) as { swaps: { pending: number } };
  console.log(JSON.stringify(receipt, undefined, 2));
  if (receipt.swaps.pending > 0) process.exitCode = 2;
} catch (error) {
  fail(`not erased, or only in part: ${explain(error)}`);
}

function readArguments(): { client: string } {
  try {
    const { values } = parseArgs({ options: { client: { type: 'string' } } });
    if (values.client) return { client: values.client };
  } catch {
    // The usage says it.
  }
  return fail('usage: npm run --silent erase -- --client NAME');
}
