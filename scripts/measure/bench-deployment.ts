import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { type GatewayProcess, spawnGateway } from '../../testing/spawn-gateway.ts';
import { startRedis } from '../topology/redis.ts';
import { type ModelsLabStub, startModelsLabStub } from './modelslab-stub.ts';

export const prefix = 'measured:';

/** Two gateways on one Redis, without limits, and a stub of ModelsLab that the measurement controls. */
export interface BenchDeployment {
  gateways: [GatewayProcess, GatewayProcess];
  modelsLab: ModelsLabStub;
  redis: RedisClient;
  /** The numbers in a section of Redis' INFO. */
  redisInfo(section: string): Promise<Record<string, number>>;
  /** @returns the swap's id; the ModelsLab stub identifies it by `trackId` */
  requestSwap(url: string, trackId: number): Promise<string>;
  /** Finishes the swap by a webhook sent to this gateway. */
  sendWebhook(url: string, trackId: number): Promise<void>;
  stop(): Promise<void>;
}

const connectTo = (url: string) => createClient({ url });
type RedisClient = ReturnType<typeof connectTo>;

const mutation =
  'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id status queuePosition } }';

/** @param queueLimit maximum number of swaps at ModelsLab */
export async function startBenchDeployment(queueLimit: number): Promise<BenchDeployment> {
  const folder = mkdtempSync(join(tmpdir(), 'face-swap-measure-'));
  const stopping: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of stopping.splice(0).reverse()) await end();
  };
  try {
    const server = await startRedis(folder);
    stopping.push(() => server.stop());
    const redis = connectTo(server.url);
    await redis.connect();
    stopping.push(() => redis.destroy());
    const modelsLab = await startModelsLabStub();
    stopping.push(modelsLab.close);
    const env = {
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      DATA_DIR: folder,
      REDIS_URL: server.url,
      REDIS_PREFIX: prefix,
      MODELSLAB_API_KEY: 'key-of-the-measurement',
      MODELSLAB_BASE_URL: modelsLab.baseUrl,
      MODELSLAB_QUEUE_LIMIT: String(queueLimit),
      WEBHOOK_SECRET: 'secret-of-the-measurement',
      WEBHOOK_SIGNING_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
      MAX_UPLOADS_PER_CLIENT: 'off',
      RATE_LIMIT: 'off',
      MAX_WAITING: '1000000',
      MAX_WAITING_PER_CLIENT: '1000000',
      MAX_SOCKETS: '1000000',
      MAX_SOCKETS_PER_ADDRESS: '1000000',
      MAX_SOCKETS_PER_CLIENT: '1000000',
      MAX_SUBSCRIPTIONS_PER_CLIENT: '1000000',
    };
    const gateways: GatewayProcess[] = [];
    for (let n = 0; n < 2; n++) {
      const gateway = await spawnGateway(env);
      stopping.push(() => gateway.kill('SIGTERM'));
      gateways.push(gateway);
    }
    return {
      gateways: gateways as [GatewayProcess, GatewayProcess],
      modelsLab,
      redis,
      async redisInfo(section) {
        const lines = String(await redis.info(section)).split('\r\n');
        const entries = lines.map((line) => line.split(':')).filter((parts) => parts.length === 2);
        return Object.fromEntries(entries.map(([name, value]) => [name, Number(value)]));
      },
      async requestSwap(url, trackId) {
        const image = (kind: string): string => `https://images.example.com/${trackId}/${kind}.jpg`;
        const input = {
          initImage: image('init'),
          targetImage: image('target'),
          referenceImage: image('reference'),
          trackId,
        };
        const response = await post(
          `${url}/graphql`,
          JSON.stringify({ query: mutation, variables: { input } }),
        );
        const { data } = (await response.json()) as { data: { singleFaceSwap: { id: string } } };
        return data.singleFaceSwap.id;
      },
      async sendWebhook(url, trackId) {
        const { path, body } = await modelsLab.submission(trackId);
        const response = await post(url + path, body);
        await response.arrayBuffer();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function post(url: string, body: string): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (response.status !== 200)
    throw new Error(`${url.split('/webhooks')[0]} answered ${response.status}: ${await response.text()}`);
  return response;
}
