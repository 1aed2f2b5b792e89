import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { showRounds } from '../measure/format.ts';
import { summarize } from '../measure/statistics.ts';
import { projectRoot, startGateway } from '../process/gateway.ts';
import { inParallel, post, requestSwap } from '../process/graphql.ts';
import { residentMb } from '../process/resident.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import { processingBody, type SubmitBody, successBody } from '../upstream/wire.ts';

const smallBytes = 100 * 1024;
const largeBytes = 30 * 1024 * 1024;
const largeAtOnce = 15;
const patienceMs = 180_000;
/** Below what a core can do, with and without an archive: at different rates, everything costs differently. */
const swapsPerSecond = 200;

/** What an archive costs: CPU time per small picture, and memory while many large ones arrive at once. */
export async function archive(bench: Bench): Promise<ScenarioResult> {
  const rounds = bench.pick(5, 1);
  const swaps = bench.pick(3000, 200);
  const costs: number[] = [];
  const mainCosts: number[] = [];
  const growths: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const off = await cpuPerSwapMs(bench, swaps, 'off');
    const on = await cpuPerSwapMs(bench, swaps, 'disk');
    costs.push(on.all - off.all);
    mainCosts.push(on.main - off.main);
    growths.push(await growthMb(bench));
    bench.log(
      `archive: ${mainCosts.at(-1)?.toFixed(2)} ms of the main thread per picture, ${costs.at(-1)?.toFixed(2)} ms of all threads, ${growths.at(-1)?.toFixed(0)} MB`,
    );
  }
  return {
    tables: [
      {
        title: 'Archive',
        note: `CPU time of the gateway: of its main thread, which serves all requests, and of the whole process, with garbage collection, file access and syncs of the disk. ${swaps} swaps with a picture of 100 KB, ${swapsPerSecond} a second, with the archive on disk, less the same without an archive; each swap is read once in both. Memory: growth of the resident set while ${largeAtOnce} swaps finish at once, each with a picture of 30 MB, until all are archived. Median of ${rounds} rounds (minimum–maximum).`,
        columns: ['what', 'measured'],
        rows: [
          ['CPU time of the main thread per archived picture of 100 KB, ms', showRounds(mainCosts)],
          ['CPU time of all threads per archived picture of 100 KB, ms', showRounds(costs)],
          [`memory for ${largeAtOnce} pictures of 30 MB, MB`, showRounds(growths)],
        ],
      },
    ],
    targets: [
      {
        what: 'archive, time of the main thread per picture of 100 KB',
        measured: summarize(mainCosts).median,
        limit: 1,
        better: 'less',
        unit: 'ms',
      },
      {
        what: `archive, memory for ${largeAtOnce} pictures of 30 MB at once`,
        measured: summarize(growths).median,
        limit: 60,
        better: 'less',
        unit: 'MB',
      },
    ],
  };
}

/** A ModelsLab whose every result is one picture of this size, at its own origin. */
async function startUpstream(bench: Bench, bytes: number) {
  const sample = readFileSync(join(projectRoot, 'samples/pictures/ada.jpg'));
  // Bytes after the picture's end marker do not count, so they go before it.
  const filler = Buffer.alloc(bytes - sample.length, 0x5a);
  const picture = Buffer.concat([sample.subarray(0, -2), filler, sample.subarray(-2)]);
  let count = 0;
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response
        .writeHead(200, { 'content-type': 'image/jpeg', 'content-length': picture.length })
        .end(picture);
      return;
    }
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { track_id: trackId } = JSON.parse(text) as SubmitBody;
    count += 1;
    const output = [`http://${request.headers.host}/generations/${count}.jpg`];
    const isSubmit = request.url?.endsWith('/single_face_swap');
    const body = isSubmit ? { ...successBody(count, trackId), output } : processingBody(0);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  bench.own({ stop });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`, stop };
}

async function cpuPerSwapMs(
  bench: Bench,
  swaps: number,
  archive: 'off' | 'disk',
): Promise<{ all: number; main: number }> {
  const upstream = await startUpstream(bench, smallBytes);
  const gateway = bench.own(
    await startGateway({
      core: 'server',
      folder: bench.folder('gateway'),
      upstreamUrl: upstream.url,
      env: { ARCHIVE: archive },
    }),
  );
  const run = async (from: number, count: number): Promise<void> => {
    const startedAt = performance.now();
    const ids = await inParallel(count, 64, async (index) => {
      await sleep(Math.max(startedAt + (index * 1000) / swapsPerSecond - performance.now(), 0));
      const { id, status } = await requestSwap(gateway.url, from + index, 30);
      if (status !== 'SUCCEEDED') throw new Error(`swap ${id} is ${status}`);
      return id;
    });
    await untilSettled(gateway.url, ids, archive === 'disk' ? 'STORED' : 'NONE');
  };
  // Code that runs for the first time is compiled first, and most folders of the archive are created.
  await run(1, bench.pick(1000, 300));
  const before = cpuMs(gateway.pid);
  await run(10_000, swaps);
  const after = cpuMs(gateway.pid);
  await gateway.stop();
  await upstream.stop();
  return { all: (after.all - before.all) / swaps, main: (after.main - before.main) / swaps };
}

async function growthMb(bench: Bench): Promise<number> {
  const upstream = await startUpstream(bench, largeBytes - 1024);
  const gateway = bench.own(
    await startGateway({
      core: 'server',
      folder: bench.folder('gateway'),
      upstreamUrl: upstream.url,
      env: { ARCHIVE: 'disk' },
    }),
  );
  const swapAll = async (from: number, count: number): Promise<void> => {
    const swaps = await inParallel(count, count, (index) => requestSwap(gateway.url, from + index, 30));
    await untilSettled(
      gateway.url,
      swaps.map(({ id }) => id),
      'STORED',
    );
  };
  await swapAll(1, 2);
  const before = residentMb(gateway.pid);
  let most = before;
  const watching = setInterval(() => {
    most = Math.max(most, residentMb(gateway.pid));
  }, 20);
  await swapAll(100, largeAtOnce);
  clearInterval(watching);
  await gateway.stop();
  await upstream.stop();
  return most - before;
}

/** Reads each swap once, and again only while it is PENDING, so that waiting costs the gateway about the same with and without an archive. */
async function untilSettled(url: string, ids: readonly string[], state: 'STORED' | 'NONE'): Promise<void> {
  const query = 'query ($id: ID!) { swapResult(id: $id) { archiveState } }';
  const deadline = Date.now() + patienceMs;
  for (const id of ids.toReversed()) {
    for (;;) {
      const text = await post(url, JSON.stringify({ query, variables: { id } }));
      if (text.includes(`"${state}"`)) break;
      if (Date.now() > deadline || !text.includes('"PENDING"')) throw new Error(`swap ${id}: ${text}`);
      await sleep(100);
    }
  }
}

/** CPU time so far: of a process, and of its main thread. Exact, unlike `/proc/PID/stat`, whose ticks favor what happens in step with them. */
const cpuMs = (pid: number): { all: number; main: number } => ({
  all: readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadMs(pid, thread), 0),
  main: threadMs(pid, pid),
});

const threadMs = (pid: number, thread: number | string): number =>
  Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
