// Last line of .ci/run. A plain script, since any Node may run it: count-tests.cjs <vitest's JSON report> [names of failed checks]
const { existsSync, readFileSync } = require('node:fs');

const [path, ...failedChecks] = process.argv.slice(2);
const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
const passed = report?.numPassedTests ?? 0;
const failedTests = report?.numFailedTests ?? 0;
// A file that could not even be loaded has no tests that could fail.
const brokenFiles = (report?.testResults ?? []).filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
// The check "tests" counts by its tests, unless there is nothing to count: it crashed, or an error came outside of any test.
const otherChecks = failedChecks.filter((name) => name !== 'tests' || failedTests + brokenFiles === 0).length;
const failed = failedTests + brokenFiles + otherChecks;

if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
