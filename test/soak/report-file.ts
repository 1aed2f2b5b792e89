import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { SoakOptions } from './soak-run.ts';

const headings = {
  embedded: '## Under load for a long time, embedded',
  redis: '## Under load for a long time, on Redis',
};

/** Writes the engine's section of the file, at the end if it has none, and keeps everything else. */
export function writeSoakReport(file: string, options: SoakOptions, table: string): void {
  const heading = headings[options.engine];
  const parts = (existsSync(file) ? readFileSync(file, 'utf8') : '').split(/^(?=## )/m);
  const section = `${heading}\n\n${introduce(options)}\n\n${table}\n`;
  const at = parts.findIndex((part) => part.startsWith(`${heading}\n`));
  const isLast = at === -1 || at === parts.length - 1;
  const text = isLast ? section : `${section}\n`;
  if (at === -1) parts.push(text);
  else parts[at] = text;
  const all = at === -1 ? `${parts.slice(0, -1).join('').trimEnd()}\n\n${text}` : parts.join('');
  writeFileSync(file, all.trimStart());
}

function introduce({ minutes, rate, engine, instances }: SoakOptions): string {
  const command = `npm run soak -- --minutes ${minutes}${engine === 'redis' ? ` --engine redis --instances ${instances}` : ''}${rate === 20 ? '' : ` --rate ${rate}`} --report docs/reliability.md`;
  const who = instances > 1 ? `${instances} gateways on one Redis` : 'One gateway';
  return `    ${command}

${who}, ${rate} swaps per second for ${minutes} minutes, each with a subscriber over a new WebSocket; seven of ten leave within two
seconds, the others stay until the end, and all swaps are read afterwards. Results are kept for two minutes, and archived where
that is the default. The first row is before the load, the last a minute and a half after it. The run fails if a swap does not succeed, a
subscriber misses the end, the heap, the resident set or the number of files grows in the second half, or connections are left.`;
}
