/**
 * `npm run abuse [-- URL [--key KEY] [--attacker-key KEY]…] [--short]`: attacks a gateway, by default one that it
 * starts itself, and prints a table. Exits with 1 if an attack succeeded or the gateway did not stay up.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runAbuse } from './abuse-run.ts';
import { startAbusedGateway } from './abused-gateway.ts';
import { fullScale, shortScale } from './attacks.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: 'string' },
    'attacker-key': { type: 'string', multiple: true, default: [] },
    short: { type: 'boolean', default: false },
  },
});
const [url] = positionals;
const folder = mkdtempSync(join(tmpdir(), 'face-swap-gateway-'));
const own = url === undefined ? await startAbusedGateway(folder) : undefined;
const target = own?.target ?? {
  url: (url ?? '').replace(/\/+$/, ''),
  key: values.key,
  attackerKeys: values['attacker-key'].length > 0 ? values['attacker-key'] : values.key ? [values.key] : [],
};

let isFine = true;
try {
  await runAbuse(
    target,
    values.short ? shortScale : fullScale,
    ({ attack, failure, note, swapMs, peakMiB }) => {
      isFine &&= failure === undefined;
      const swap = swapMs === undefined ? '' : `, a concurrent swap took ${(swapMs / 1000).toFixed(1)} s`;
      const memory = peakMiB === undefined ? '' : `, peak memory ${peakMiB} MiB`;
      console.log(
        `${failure === undefined ? 'pass' : 'FAIL'} | ${attack} | ${failure ?? note}${swap}${memory}`,
      );
    },
  );
  const end = await own?.gateway.kill('SIGTERM');
  if (end !== undefined && end !== 0) throw new Error(`the gateway ended with ${end}`);
} finally {
  await own?.gateway.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
console.log(isFine ? 'abuse: every attack was repelled' : 'abuse: an attack succeeded');
process.exit(isFine ? 0 : 1);
