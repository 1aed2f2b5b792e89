/**
 * Prints what pictures say about their origin: npm run provenance -- FILE… [--json]. Exits with 1 if a file cannot be opened, and
 * with 2 if one carries no mark.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { describeProvenance } from '../src/provenance/describe.ts';
import type { readProvenance } from '../src/provenance/read-provenance.ts';

const load = (module: string) => import(`../dist/src/provenance/${module}`);
const reading = (await load('read-provenance.js')) as { readProvenance: typeof readProvenance };
const describing = (await load('describe.js')) as { describeProvenance: typeof describeProvenance };

const isJson = process.argv.includes('--json');
const paths = process.argv.slice(2).filter((argument) => argument !== '--json');
if (paths.length === 0) {
  console.error('usage: npm run provenance -- FILE… [--json]');
  process.exit(1);
}

const provenances = await Promise.all(paths.map(readFile));
// Control characters in a label must not reach the terminal.
const printable = (text: string): string => text.replace(/(?!\n)\p{Cc}/gu, '\uFFFD');
if (isJson) console.log(JSON.stringify(provenances, null, 2));
else
  for (const { file, ...provenance } of provenances)
    console.log(printable(describing.describeProvenance(file, provenance)));
process.exitCode = provenances.every(({ state }) => state === 'LABELED' || state === 'PRESERVED') ? 0 : 2;

async function readFile(path: string) {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const opened = file;
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await opened.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    };
    return { file: path, ...(await reading.readProvenance({ size, read })) };
  } catch (error) {
    console.error(`${path}: ${(error as Error).message}`);
    process.exit(1);
  } finally {
    await file?.close();
  }
}
