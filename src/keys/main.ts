/** `npm run keys`: creates, rotates, revokes and lists API keys. A key is shown once and stored nowhere. */
import { accessSettings } from '../config/access.js';
import { readSettings, withoutBlanks } from '../config/setting.js';
import { swapSettings } from '../config/swaps.js';
import { createFileStore, createVariableStore } from './client-store.js';
import { runCommand, usage } from './commands.js';
import { KeysError } from './edits.js';

const settings = {
  apiKeys: accessSettings.apiKeys,
  clientsFile: accessSettings.clientsFile,
  resultTtlMs: swapSettings.resultTtlMs,
};

/** Removes `--file PATH`. */
function takeFile(args: string[]): { args: string[]; file: string | undefined } {
  const index = args.indexOf('--file');
  if (index < 0) return { args, file: undefined };
  const file = args[index + 1];
  if (file === undefined) throw new KeysError(usage.join('\n'));
  return { args: args.toSpliced(index, 2), file };
}

try {
  const { args, file } = takeFile(process.argv.slice(2));
  const read = readSettings(settings, withoutBlanks(process.env));
  if ('problems' in read) throw new KeysError(read.problems.join('\n'));
  const path = file ?? read.values.clientsFile;
  const store = path === undefined ? createVariableStore(read.values) : createFileStore(path, read.values);
  const environment = process.env;
  console.log(runCommand(args, { store, now: Date.now(), environment }).join('\n'));
} catch (error) {
  const isExpected = error instanceof KeysError || (error as NodeJS.ErrnoException).code !== undefined;
  if (!isExpected) throw error;
  console.error((error as Error).message);
  process.exit(1);
}
