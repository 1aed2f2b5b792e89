import { createHash } from 'node:crypto';
import { startRedis } from '../../scripts/topology/redis.ts';
import { freePort } from '../../testing/free-port.ts';
import type { Server } from '../process/child.ts';
import { startGateway } from '../process/gateway.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench } from '../scenario.ts';
import { type Measurement, medianMs, runSwap, takeTurns } from './neighbor-rounds.ts';

const instances = 3;

/** Swaps requested from all instances in turn, while some instances on the same Redis cannot reach ModelsLab. */
export async function withCutOffInstances(bench: Bench): Promise<Measurement[]> {
  const redis = bench.own(await startRedis(bench.folder('redis')));
  const upstream = await startUpstream(bench);
  const unreachable = `http://127.0.0.1:${await freePort()}`;
  const start = (cutOff: number): Promise<Server[]> =>
    Promise.all(
      Array.from({ length: instances }, async (_, index) =>
        bench.own(
          await startGateway({
            core: undefined,
            folder: bench.folder('instance'),
            upstreamUrl: `${index < cutOff ? unreachable : upstream.url}/success`,
            env: {
              REDIS_URL: redis.url,
              REDIS_PREFIX: `cut-off-${cutOff}:`,
              WEBHOOK_SECRET: createHash('sha256').update('webhooks').digest('hex'),
              WEBHOOK_SIGNING_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
              // Quotas of uploads need a shared folder; these instances share only Redis.
              MAX_UPLOADS_PER_CLIENT: 'off',
            },
          }),
        ),
      ),
    );
  const swaps = bench.pick(60, 12);
  const measure = (gateways: readonly Server[], round: number): Promise<number> =>
    medianMs(swaps, (index) => runSwap(gateways[index % instances]?.url ?? '', round * 1000 + index));
  const all = await start(0);
  await measure(all, 99);
  const measurements: Measurement[] = [];
  for (const cutOff of [1, 2]) {
    const gateways = await start(cutOff);
    await measure(gateways, 99);
    const rounds = await takeTurns(bench.pick(5, 1), {
      undisturbed: (round) => measure(all, cutOff * 10 + round),
      disturbed: (round) => measure(gateways, round),
    });
    measurements.push({
      misbehavior: `${cutOff} of ${instances} instances on Redis cut off from ModelsLab`,
      metric: 'a swap at each instance in turn, from request to result, p50, ms',
      rounds,
    });
    await Promise.all(gateways.map(({ stop }) => stop()));
  }
  await Promise.all(all.map(({ stop }) => stop()));
  await upstream.stop();
  await redis.stop();
  return measurements;
}
