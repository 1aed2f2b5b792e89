import { createFleet } from '../clients/fleet.ts';
import { probeOptions } from '../instruments/probe-client.ts';
import { putLoad, putNewLoad } from '../load/http-load.ts';
import { type ProfileSummary, type SelfTime, summarizeProfile, type Window } from '../measure/cpu-profile.ts';
import type { Server } from '../process/child.ts';
import { projectRoot, startGateway } from '../process/gateway.ts';
import { requestBody, swapInput } from '../process/graphql.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult, Table } from '../scenario.ts';
import { measureFanOut } from './push-fan-out.ts';
import { startGatewayTarget } from './push-targets.ts';
import { makeEndedSwaps, readCases } from './read-cases.ts';

const connections = 50;

/** Shows where the gateway's time goes: `node --cpu-prof` under load. */
export async function profiles(bench: Bench): Promise<ScenarioResult> {
  return {
    tables: [
      present('reads', `${connections} connections read finished swaps`, await profileReads(bench)),
      present(
        'pushes',
        'from publication of a finished swap until each of 1,000 subscribers has received it and the server is idle',
        await profilePushes(bench),
      ),
      present(
        'mutations',
        `${connections} connections request swaps; the response is sent when durable, before submission`,
        await profileMutations(bench),
      ),
    ],
    targets: [],
  };
}

/** Node.js options that write a profile into a folder when the process exits. */
const profileOptions = (folder: string): string[] => [
  '--cpu-prof',
  '--cpu-prof-interval=500',
  `--cpu-prof-dir=${folder}`,
];

/** Profiles `work` on a gateway, which is stopped afterwards. */
async function profile(
  server: Server,
  folder: string,
  work: () => Promise<unknown>,
): Promise<ProfileSummary> {
  const from = process.hrtime.bigint();
  await work();
  const to = process.hrtime.bigint();
  await server.stop();
  return summarizeProfile(folder, [{ from, to }], projectRoot);
}

async function startProfiled(bench: Bench, folder: string): Promise<Server> {
  const upstream = await startUpstream(bench);
  return bench.own(
    await startGateway({
      core: 'server',
      folder: bench.folder('gateway'),
      upstreamUrl: `${upstream.url}/success`,
      nodeOptions: profileOptions(folder),
    }),
  );
}

async function profileReads(bench: Bench): Promise<ProfileSummary> {
  const folder = bench.folder('profile');
  const server = await startProfiled(bench, folder);
  const cases = await readCases(server.url, await makeEndedSwaps(server.url, 100));
  const options = { connections, folder };
  await putLoad(server.url, cases, { ...options, seconds: bench.pick(4, 1) });
  return profile(server, folder, () =>
    putLoad(server.url, cases, { ...options, seconds: bench.pick(10, 1) }),
  );
}

async function profileMutations(bench: Bench): Promise<ProfileSummary> {
  const folder = bench.folder('profile');
  const server = await startProfiled(bench, folder);
  const placeholder = 777_777_777;
  const parts = requestBody('SingleFaceSwap', { input: swapInput(placeholder), wait: 0 }).split(
    String(placeholder),
  );
  const put = (from: number, seconds: number) =>
    putNewLoad(server.url, { parts, from, expected: '"id":"' }, { connections, folder, seconds });
  await put(0, bench.pick(4, 1));
  return profile(server, folder, () => put(100_000_000, bench.pick(10, 1)));
}

async function profilePushes(bench: Bench): Promise<ProfileSummary> {
  const folder = bench.folder('profile');
  const subscribers = 1000;
  const rounds = bench.pick(30, 3);
  const target = await startGatewayTarget(bench, 1 + 2 * rounds, [
    ...probeOptions,
    ...profileOptions(folder),
  ]);
  const fleet = createFleet(target.server.url);
  const topic = target.topics.pop() ?? '';
  await fleet.open(Array.from({ length: subscribers }, () => topic));
  const windows: Window[] = [];
  for (let round = 0; round < 2 * rounds; round += 1) {
    const { window } = await measureFanOut(target, fleet, subscribers);
    if (round >= rounds) windows.push(window);
  }
  fleet.drop();
  await target.server.stop();
  return summarizeProfile(folder, windows, projectRoot);
}

function present(title: string, note: string, { frames, packages }: ProfileSummary): Table {
  const cell = ({ name, share }: SelfTime): [string, string] => [
    `${(share * 100).toFixed(1)} %`,
    `\`${name}\``,
  ];
  return {
    title: `Profile: ${title}`,
    note: `Self time as a share of CPU time, by function and by package: ${note}.`,
    columns: ['', 'function', '', 'package'],
    rows: frames.map((frame, index) => {
      const group = packages[index];
      return [...cell(frame), ...(group ? cell(group) : ['', ''])];
    }),
  };
}
