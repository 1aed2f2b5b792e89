/** Fails when a retired word is used: npm run lint:words. With --all it lists those in folders that are not checked yet, too. */
import { checkedPaths, findRetiredWords } from './retired-words.ts';

const found = findRetiredWords(process.argv.includes('--all') ? undefined : checkedPaths);
for (const { path, line, word, use } of found) console.error(`${path}:${line}: "${word}"; use: ${use}`);
console.log(`words: ${found.length} retired ones`);
process.exit(found.length === 0 ? 0 : 1);
