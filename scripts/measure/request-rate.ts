import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchDeployment } from './bench-deployment.ts';

export interface RequestRate {
  requestsPerSecond: number;
  p50: string;
  p99: string;
}

/**
 * Measures `swapResult` of a finished swap at one instance, using wrk with 32 connections.
 *
 * @throws Error if wrk is missing, or a response was not 2xx
 */
export async function measureRequestRate(
  { gateways: [gateway], requestSwap, sendWebhook }: BenchDeployment,
  seconds: number,
): Promise<RequestRate> {
  const trackId = 9_000_000;
  const id = await requestSwap(gateway.url, trackId);
  await sendWebhook(gateway.url, trackId);
  const body = JSON.stringify({
    query: 'query ($id: ID!) { swapResult(id: $id) { id status output completedAt } }',
    variables: { id },
  });
  const folder = mkdtempSync(join(tmpdir(), 'face-swap-wrk-'));
  try {
    const script = join(folder, 'post.lua');
    writeFileSync(
      script,
      `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[${body}]]\n`,
    );
    const run = (duration: number): string => {
      const { status, stdout, stderr, error } = spawnSync(
        'wrk',
        ['-t', '1', '-c', '32', '-d', `${duration}s`, '--latency', '-s', script, `${gateway.url}/graphql`],
        { encoding: 'utf8' },
      );
      if (error) throw new Error(`wrk is missing (Debian: apt-get install wrk): ${error.message}`);
      if (status !== 0 || stdout.includes('Non-2xx')) throw new Error(`wrk: ${stdout}${stderr}`);
      return stdout;
    };
    run(Math.min(seconds, 5));
    const output = run(seconds);
    const read = (form: RegExp): string => form.exec(output)?.[1] ?? '?';
    return {
      requestsPerSecond: Number(read(/Requests\/sec:\s+([\d.]+)/)),
      p50: read(/50%\s+(\S+)/),
      p99: read(/99%\s+(\S+)/),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
