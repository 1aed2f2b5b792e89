// Last line of .ci/run. CommonJS, so that any Node.js can run it: count-tests.cjs <vitest's JSON report> [names of
// failed checks]
const { existsSync, readFileSync } = require('node:fs');
const { relative } = require('node:path');

const [path, ...failedChecks] = process.argv.slice(2);
const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
const passed = report?.numPassedTests ?? 0;
const failedTests = report?.numFailedTests ?? 0;
// A file that failed to load has no tests that could fail.
const brokenFiles = (report?.testResults ?? []).filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
// The check "tests" is counted by its tests, unless there are none to count: it crashed, or an error was thrown outside
// any test.
const otherChecks = failedChecks.filter((name) => name !== 'tests' || failedTests + brokenFiles === 0).length;
const failed = failedTests + brokenFiles + otherChecks;

// Here and not only where it happened: of a long log, often only the end is kept.
for (const { name, assertionResults, status } of report?.testResults ?? []) {
  if (status !== 'failed') continue;
  const failures = assertionResults.filter((test) => test.status === 'failed');
  if (failures.length === 0) console.log(`failed to load: ${relative(process.cwd(), name)}`);
  for (const { fullName, failureMessages } of failures) {
    const [firstLines] = failureMessages.map((message) => message.split('\n', 3).join('\n  '));
    console.log(`failed: ${relative(process.cwd(), name)} > ${fullName}\n  ${firstLines ?? ''}`);
  }
}
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
