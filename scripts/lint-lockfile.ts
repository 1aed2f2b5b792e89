/**
 * Fails if a dependency is not pinned, has no hash, does not come from the registry, or has a known vulnerability: npm
 * run lint:lockfile.
 */
import { readLockfileProblems } from './lockfile-problems.ts';

const problems = ['../', '../bench/', '../schema-checks/', '../package-checks/'].flatMap((folder) =>
  readLockfileProblems(new URL(folder, import.meta.url)).map((problem) => `${folder.slice(3)}${problem}`),
);
for (const problem of problems) console.error(problem);
console.log(`lock file: ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
