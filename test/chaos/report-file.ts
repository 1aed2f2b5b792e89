import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ChaosOptions } from './chaos-options.ts';

const redisHeading = '## Several instances on Redis';
/** Everything from here on is written by hand. */
const handHeading = '## Broken on purpose';

/** Writes the backend's part of the file, and keeps the other backend's and the hand-written part. */
export function writeReport(file: string, options: ChaosOptions, seconds: number, report: string): void {
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const parts = old.split(new RegExp(`^(?=${redisHeading}$|${handHeading}$)`, 'm'));
  const partOf = (isIt: (part: string) => boolean): string => parts.find(isIt) ?? '';
  const text = {
    embedded: partOf((part) => !part.startsWith('## ')),
    redis: partOf((part) => part.startsWith(redisHeading)),
    [options.backend]: introduce(options, seconds) + report,
    hand: partOf((part) => part.startsWith(handHeading)),
  };
  const all = [text.embedded, text.redis, text.hand].map((part) => part.trim()).filter(Boolean);
  writeFileSync(file, `${all.join('\n\n')}\n`);
}

const introduce = (options: ChaosOptions, seconds: number): string =>
  options.backend === 'redis' ? introduceRedis(options, seconds) : introduceEmbedded(options, seconds);

const commandOf = ({ backend, instances, seed, seeds, swaps, kills, subscribers }: ChaosOptions): string =>
  [
    'npm run chaos --',
    ...(backend === 'redis' ? [`--engine redis --instances ${instances}`] : []),
    `--seed ${seed}`,
    ...(seeds > 1 ? [`--seeds ${seeds}`] : []),
    `--swaps ${swaps} --kills ${kills} --subscribers ${subscribers} --report docs/reliability.md`,
  ].join(' ');

const durationOf = ({ seeds }: ChaosOptions, seconds: number): string =>
  seeds > 1 ? `The seeds took ${seconds} s together.` : `It took ${seconds} s.`;

function introduceEmbedded(options: ChaosOptions, seconds: number): string {
  return `# Reliability

The gateway's promises, tested against a ModelsLab with all faults at once, while the gateway process is killed with SIGKILL
every few seconds. Between the kills its disk is slow, or full where it keeps results, its clock is set eleven minutes ahead and then back, its network is cut,
nobody reads its output, the DNS of clients' webhooks is slow, and the process is stopped for longer than a call to ModelsLab may take.
Some swaps are erased at a random moment of their life. The run itself writes this report:

    ${commandOf(options)}

${durationOf(options, seconds)} The same seed gives the same faults for the same order of requests; the order itself depends
on the machine. The verdict has three sources: the responses to clients, the states that subscribers saw, and the sandbox's
own log of accepted submissions, each of which ModelsLab would have charged for. All faults are on in every run; those at
the end of this part are counted over all of its seeds.

**No paid picture was discarded.** The sandbox logs when each picture was finished, and when and by what (submit response,
fetch, webhook) it was reported in full. A picture that was reported before its swap finished must be the swap's result. One
that was reported later must be its late result, and the same request sent again must complete with it, without a
second payment. A failed swap whose ModelsLab id is known must be polled after the failure. Two reports do not count:
a response to a process that was killed before it could store it, and a fetch by an id known only from a webhook with
another \`track_id\` had given, since the picture may be another client's.

A swap fails 3 s after its submission here (10 minutes by default), and a submission with an unknown outcome holds
its slot for 1.5 s (60 s by default). Two kinds of submissions are excluded from the checks of these times: those of a
process that was killed while its clock was wrong, since the next process has only the stored times, and those of a
process that was stopped just before the POST. The limit is five; the sandbox may have more at a time,
since an unresolved submission counts for only 1.5 s.

`;
}

function introduceRedis(options: ChaosOptions, seconds: number): string {
  return `${redisHeading}

The same promises, with ${options.instances} gateways behind a balancer, on one Redis. While gateways are killed, one of them is stopped for
longer than its leases last, has its clock set eleven minutes ahead or back, its network except for Redis cut or its output unread, or has a connection to Redis that is slow,
frozen, cut, or loses its responses. Redis itself is stopped, killed and restarted, or demoted to a replica and promoted
again while its connections stay open. Requests, subscriptions and webhooks go to any instance, and to another one if it
is down.

    ${commandOf(options)}

${durationOf(options, seconds)} Redis keeps its append-only file with \`appendfsync always\`: with \`everysec\` it may respond before the
write is on disk, while the disk is slow, and killing Redis would lose that write.

A swap fails 10 s after its submission here, where 10 minutes are the default. That must be longer than a gateway
can be stopped: one that was stopped just before its POST sends it afterwards, once, even if the swap has failed.

`;
}
