import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayProcess } from '../../testing/spawn-gateway.ts';
import type { Inspector } from './inspector.ts';

/** What a gateway process uses at a moment. */
export interface Sample {
  /** Since the load began. */
  minute: number;
  heapMb: number;
  residentMb: number;
  /** Open files, and connections. */
  files: number;
  sockets: number;
  /** How long `/livez` takes over a new connection, milliseconds. */
  lagP50: number;
  lagMost: number;
}

const mb = 1024 * 1024;
const probes = 40;
const probeEveryMs = 50;

/** Takes a few seconds: it measures the lag first, and then collects garbage. */
export async function takeSample(
  { url, child }: GatewayProcess,
  inspector: Inspector,
  minute: number,
): Promise<Sample> {
  const lags: number[] = [];
  for (let probe = 0; probe < probes; probe += 1) {
    const since = performance.now();
    const response = await fetch(`${url}/livez`, { headers: { connection: 'close' } });
    await response.arrayBuffer();
    lags.push(performance.now() - since);
    await sleep(probeEveryMs);
  }
  lags.sort((a, b) => a - b);
  const heapMb = (await inspector.heapAfterGc()) / mb;
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return {
    minute,
    heapMb,
    residentMb: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024,
    ...countDescriptors(child.pid ?? 0),
    lagP50: lags[probes / 2] ?? 0,
    lagMost: lags.at(-1) ?? 0,
  };
}

function countDescriptors(pid: number): Pick<Sample, 'files' | 'sockets'> {
  const folder = `/proc/${pid}/fd`;
  const targets = readdirSync(folder).map((descriptor) => {
    try {
      return readlinkSync(`${folder}/${descriptor}`);
    } catch {
      return 'closed in the meantime';
    }
  });
  const sockets = targets.filter((target) => target.startsWith('socket:')).length;
  return { files: targets.length - sockets, sockets };
}
