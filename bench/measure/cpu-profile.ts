import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Share of CPU time, 0–1, spent in something itself. */
export interface SelfTime {
  name: string;
  share: number;
}

export interface ProfileSummary {
  frames: SelfTime[];
  /** By package; the gateway's own code by folder. */
  packages: SelfTime[];
}

/** Output of `node --cpu-prof`; times are microseconds of the system's monotonic clock. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

/** A period to evaluate, nanoseconds of the system's monotonic clock. */
export interface Window {
  from: bigint;
  to: bigint;
}

/** @param root the project's root folder */
export function summarizeProfile(folder: string, windows: readonly Window[], root: string): ProfileSummary {
  const [path, another] = globSync(join(folder, '*.cpuprofile'));
  if (path === undefined || another !== undefined)
    throw new Error(`expected exactly one profile in ${folder}`);
  const { nodes, startTime, samples, timeDeltas } = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
  const frames = new Map<number, { name: string; group: string }>();
  for (const { id, callFrame } of nodes) {
    if (callFrame.functionName === '(idle)') continue;
    const location = locationOf(callFrame.url, root);
    const name = callFrame.functionName || '(anonymous)';
    const label = callFrame.url === '' ? name : `${name} · ${location}:${callFrame.lineNumber + 1}`;
    frames.set(id, { name: label, group: groupOf(location, name) });
  }
  const byFrame = new Map<string, number>();
  const byGroup = new Map<string, number>();
  const times = windows.map(({ from, to }) => ({ fromUs: Number(from / 1000n), toUs: Number(to / 1000n) }));
  const isLookedAt = (us: number): boolean => times.some(({ fromUs, toUs }) => us >= fromUs && us <= toUs);
  let atUs = startTime;
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const deltaUs = timeDeltas[index] ?? 0;
    atUs += deltaUs;
    const frame = frames.get(id);
    if (!frame || !isLookedAt(atUs)) continue;
    total += deltaUs;
    byFrame.set(frame.name, (byFrame.get(frame.name) ?? 0) + deltaUs);
    byGroup.set(frame.group, (byGroup.get(frame.group) ?? 0) + deltaUs);
  }
  if (total === 0) throw new Error('the profile has no samples in the given period');
  const top = (times: Map<string, number>, count: number): SelfTime[] =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([name, us]) => ({ name, share: us / total }));
  return { frames: top(byFrame, 15), packages: top(byGroup, 10) };
}

function locationOf(url: string, root: string): string {
  if (!url.startsWith('file:')) return url;
  const path = relative(root, fileURLToPath(url));
  const at = path.lastIndexOf('node_modules/');
  return at === -1 ? path : path.slice(at + 'node_modules/'.length);
}

function groupOf(location: string, functionName: string): string {
  if (location === '') return functionName === '(garbage collector)' ? 'garbage collection' : 'native code';
  if (location.startsWith('node:')) return 'Node';
  const parts = location.split('/');
  if (location.startsWith('dist/')) return parts.slice(0, -1).join('/');
  return parts.slice(0, location.startsWith('@') ? 2 : 1).join('/');
}
