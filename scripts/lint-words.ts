/** Fails if a retired word is used: `npm run lint:words`. `--all` includes folders that are not checked yet. */
import { checkedPaths, findRetiredWords } from './retired-words.ts';

const found = findRetiredWords(process.argv.includes('--all') ? undefined : checkedPaths);
for (const { path, line, word, use } of found) console.error(`${path}:${line}: "${word}"; use: ${use}`);
console.log(`${found.length} retired words`);
process.exit(found.length === 0 ? 0 : 1);
