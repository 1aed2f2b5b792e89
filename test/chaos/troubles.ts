import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import type { FaultProxy } from '../../testing/open-fault-proxy.ts';
import type { RedisServer } from '../../testing/spawn-redis.ts';
import type { GatewayInstance } from './gateway-instance.ts';
import type { Stop } from './time-troubles.ts';

/** A temporary disruption, which is over when `strike` resolves. */
export interface Trouble {
  name: string;
  strike(random: () => number): Promise<void>;
}

/** A gateway process and its connection to Redis. */
export interface Member {
  instance: GatewayInstance;
  network: FaultProxy;
}

const between = (random: () => number, from: number, to: number): number => from + random() * (to - from);
const pick = <T>(random: () => number, all: readonly T[]): T => {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
};

/** Disruptions of a process, whatever its store is. */
function processTroubles(instances: readonly GatewayInstance[]): Trouble[] {
  return [
    {
      name: 'network of a gateway cut, except for Redis',
      async strike(random) {
        pick(random, instances).signal('SIGIO');
        await sleep(between(random, 3000, 5000));
      },
    },
    {
      name: 'stdout of a gateway blocked',
      async strike(random) {
        const instance = pick(random, instances);
        instance.readOutput(false);
        await sleep(between(random, 3000, 6000));
        instance.readOutput(true);
      },
    },
  ];
}

/** Disruptions of one instance. A lease lasts 5 s, so most of these make the instance lose what it runs. */
export function memberTroubles(members: readonly Member[]): Trouble[] {
  /** An instance that will be caught between two steps of a swap, not only between two swaps. */
  const slowed = async (random: () => number): Promise<Member> => {
    const member = pick(random, members);
    member.network.delay(between(random, 100, 450));
    await sleep(between(random, 500, 1500));
    return member;
  };
  return [
    ...processTroubles(members.map(({ instance }) => instance)),
    {
      name: 'gateway slow, then stopped for longer than a lease (SIGSTOP)',
      async strike(random) {
        const { instance, network } = await slowed(random);
        instance.signal('SIGSTOP');
        network.delay(0);
        await sleep(between(random, 5500, 8000));
        instance.signal('SIGCONT');
      },
    },
    {
      name: 'gateway slow, then without responses from Redis for longer than a lease',
      async strike(random) {
        const { network } = await slowed(random);
        network.freezeAnswers();
        network.delay(0);
        await sleep(between(random, 5500, 8000));
        network.thaw();
      },
    },
    {
      name: 'gateway slow, then without Redis for longer than a lease',
      async strike(random) {
        const { network } = await slowed(random);
        network.freeze();
        network.delay(0);
        await sleep(between(random, 5500, 8000));
        network.thaw();
      },
    },
    {
      name: 'clock of a gateway set 11 minutes ahead, or back (clock step)',
      async strike(random) {
        const { instance } = pick(random, members);
        instance.signal('SIGHUP');
        await sleep(between(random, 500, 4000));
      },
    },
    {
      name: 'connection of a gateway to Redis frozen, then cut',
      async strike(random) {
        const { network } = pick(random, members);
        network.freeze();
        await sleep(between(random, 500, 6000));
        network.cut();
        network.thaw();
      },
    },
  ];
}

/** Disruptions of the machine of a gateway with its own file. `history` records when they happened. */
export function embeddedTroubles(
  instance: GatewayInstance,
  history: { clockSteps: number[]; stops: Stop[] },
): Trouble[] {
  return [
    ...processTroubles([instance]),
    {
      name: 'slow disk',
      async strike(random) {
        instance.signal('SIGUSR2');
        await sleep(between(random, 1000, 4000));
      },
    },
    {
      name: 'disk of the archive full',
      async strike(random) {
        instance.signal('SIGWINCH');
        await sleep(between(random, 1000, 4000));
      },
    },
    {
      name: 'clock set 11 minutes ahead, then 11 minutes back, then right (clock step)',
      async strike(random) {
        for (let setting = 0; setting < 3; setting++) {
          const at = Date.now();
          if (instance.signal('SIGHUP')) history.clockSteps.push(at);
          await sleep(between(random, 500, 2000));
        }
      },
    },
    {
      name: 'gateway stopped for longer than its calls may take (SIGSTOP)',
      async strike(random) {
        const from = Date.now();
        if (!instance.signal('SIGSTOP')) return;
        await sleep(between(random, 2200, 4000));
        instance.signal('SIGCONT');
        history.stops.push({ from, until: Date.now() });
      },
    },
  ];
}

/** Disruptions of the shared Redis. */
export function redisTroubles(redis: RedisServer, members: readonly Member[]): Trouble[] {
  return [
    {
      name: 'Redis stopped (SIGSTOP)',
      async strike(random) {
        redis.signal('SIGSTOP');
        await sleep(between(random, 300, 7000));
        redis.signal('SIGCONT');
      },
    },
    {
      name: 'Redis killed and started again',
      async strike(random) {
        await redis.kill();
        await sleep(between(random, 0, 2500));
        await redis.start();
      },
    },
    {
      name: 'Redis demoted, with its connections open, and promoted again',
      async strike(random) {
        const client = createClient({ url: redis.url });
        client.on('error', () => undefined);
        await client.connect();
        // The primary does not exist, so Redis keeps its data.
        await client.sendCommand(['REPLICAOF', '127.0.0.1', '1']);
        await sleep(between(random, 500, 6000));
        await client.sendCommand(['REPLICAOF', 'NO', 'ONE']);
        client.destroy();
      },
    },
    {
      name: 'Redis slow for all',
      async strike(random) {
        for (const { network } of members) network.delay(between(random, 20, 700));
        await sleep(between(random, 1000, 4000));
        for (const { network } of members) network.delay(0);
      },
    },
    {
      name: 'all connections to Redis cut',
      async strike() {
        for (const { network } of members) network.cut();
      },
    },
  ];
}

/** Strikes with each disruption a number of times, in random order and with limited concurrency. */
export async function strikeAll(
  troubles: readonly Trouble[],
  { times, atOnce, random }: { times: number; atOnce: number; random: () => number },
  onStruck: (name: string) => void,
): Promise<void> {
  const order = troubles
    .flatMap((trouble) => Array.from({ length: times }, () => ({ trouble, rank: random() })))
    .sort((a, b) => a.rank - b.rank);
  const strikeNext = async (): Promise<void> => {
    for (let next = order.shift(); next; next = order.shift()) {
      await sleep(between(random, 300, 2000));
      await next.trouble.strike(random);
      onStruck(next.trouble.name);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, strikeNext));
}
