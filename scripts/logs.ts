/**
 * Prints what a log says about one swap: npm run --silent logs -- SWAP_ID [--json] < log
 *
 * The log is the output of one or several instances, in any order, with other lines in between. Exits with 1 if it has nothing
 * about the swap.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { collectStory, tellStory } from './swap-story.ts';

const { swapId, isJson } = readArguments();
// A reader such as `head` may close the pipe.
process.stdout.on('error', () => process.exit(0));
const story = await collectStory(swapId, createInterface({ input: process.stdin }));
if (story.lines.length === 0) {
  const hint = story.requested.map((id) => `; it is the id of a request for the swap ${id}`).join('');
  fail(`the log has no line about a swap ${swapId}${hint}`);
}
for (const line of isJson ? story.lines.map(({ text }) => text) : tellStory(story)) console.log(line);

function readArguments(): { swapId: string; isJson: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    });
    const [swapId, ...more] = positionals;
    if (swapId && more.length === 0) return { swapId, isJson: values.json };
  } catch {
    // The usage says it.
  }
  return fail('usage: npm run --silent logs -- SWAP_ID [--json] < log');
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
