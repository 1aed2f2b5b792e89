import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ChaosOptions } from './chaos-options.ts';

const redisHeading = '## Several instances on Redis';

/** Writes the engine's part of the file, and leaves the other engine's as it is. */
export function writeReport(file: string, options: ChaosOptions, seconds: number, report: string): void {
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const at = old.includes(redisHeading) ? old.indexOf(redisHeading) : old.length;
  const embedded = old.slice(0, at);
  writeFileSync(
    file,
    options.engine === 'redis'
      ? `${embedded.trimEnd()}\n\n${introduceRedis(options, seconds)}${report}`
      : `${introduceEmbedded(options, seconds)}${report}${at < old.length ? `\n${old.slice(at)}` : ''}`,
  );
}

function introduceEmbedded({ seed, swaps, kills, subscribers }: ChaosOptions, seconds: number): string {
  return `# Reliability

What the gateway promises, held against a ModelsLab that does everything wrong at once and a gateway process that is
killed by SIGKILL every few seconds. Written by the run itself:

    npm run chaos -- --seed ${seed} --swaps ${swaps} --kills ${kills} --subscribers ${subscribers} --report docs/reliability.md

It took ${seconds} s. The same seed gives the same faults for the same order of requests; the order itself is up to the
machine. What counts as held is decided from three sides: what clients were answered, what subscribers saw, and the
sandbox's own log of the submissions that it accepted, each of which would have been paid.

The sandbox logs when each picture was finished, and when and by what (submit response, fetch, webhook) it was reported in
full. A picture reported before its swap ended has to be the swap's result, one reported later its late result, and a
request that is repeated after that has to get it without a second payment. Excused is only a response to a process that
was killed before it could have stored it, if nothing reported the picture again.

`;
}

function introduceRedis(options: ChaosOptions, seconds: number): string {
  const { seed, seeds, swaps, kills, subscribers, instances } = options;
  return `${redisHeading}

The same, with ${instances} gateways behind a balancer, on one Redis. While gateways are killed, one of them is stopped for longer
than its leases last, or its connection to Redis is slow, frozen, cut, or loses its answers; and Redis itself is stopped,
or killed and started again. Requests, subscriptions and webhooks go to any instance, and to another one when it is gone.

    npm run chaos -- --engine redis --instances ${instances} --seed ${seed} --seeds ${seeds} --swaps ${swaps} --kills ${kills} --subscribers ${subscribers} --report docs/reliability.md

It took ${seconds} s. Redis keeps its append-only file with \`appendfsync always\`: with \`everysec\` it may answer before it has
written, while the disk is slow, and a kill of Redis would lose that.

A swap is given up 10 s after its submission here, where 10 minutes are the default. It has to be longer than a gateway
can be stopped: one that was stopped just before its POST sends it afterwards, once, even if the swap has been given up.

`;
}
