/** Fails when a dependency is not exact, has no hash, is from elsewhere, or has known holes: npm run lint:lockfile. */
import { readLockfileProblems } from './lockfile-problems.ts';

const problems = ['../', '../bench/'].flatMap((folder) =>
  readLockfileProblems(new URL(folder, import.meta.url)).map((problem) => `${folder.slice(3)}${problem}`),
);
for (const problem of problems) console.error(problem);
console.log(`lock file: ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
