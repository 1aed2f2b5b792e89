import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBytes } from '../../testing/erasure.ts';
import { seededRandom } from './chaos-options.ts';
import type { Deployment } from './deployment.ts';
import { startInstance } from './gateway-instance.ts';
import { createDeathLog, killAll } from './killer.ts';
import type { Stop } from './time-troubles.ts';
import { embeddedTroubles, strikeAll, type Trouble } from './troubles.ts';

/** Mean time between two kills of a gateway process, including its start. */
const meanLifeMs = 3000;
const deadlineMs = 3000;

/** One gateway with its own file, killed with SIGKILL every few seconds. */
export async function deployEmbedded(
  env: Record<string, string>,
  { kills, seed, troubles }: { kills: number; seed: number; troubles: readonly Trouble[] },
): Promise<Deployment> {
  const dataDir = mkdtempSync(join(tmpdir(), 'chaos-'));
  const deaths = createDeathLog();
  const random = seededRandom(seed + 1);
  const instance = await startInstance({
    env: { ...env, PROCESSING_DEADLINE_MS: String(deadlineMs), DATA_DIR: dataDir },
    random,
    mostVisits: 20,
    onEnd: deaths.note,
  });
  const clockSteps: number[] = [];
  const stops: Stop[] = [];
  const struck: Record<string, number> = {};
  const trouble = Promise.all([
    killAll([instance], { kills, random, deaths }),
    strikeAll(
      [...embeddedTroubles(instance, { clockSteps, stops }), ...troubles],
      { times: Math.ceil(kills / 5), atOnce: 1, random: seededRandom(seed + 3) },
      (name) => {
        struck[name] = (struck[name] ?? 0) + 1;
      },
    ),
  ]);
  trouble.catch(() => undefined);
  return {
    url: `http://127.0.0.1:${instance.port}`,
    durationMs: kills * meanLifeMs,
    async calm() {
      await trouble;
      await instance.calm();
    },
    async close() {
      await instance.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
    find(texts) {
      const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
      return [
        ...findBytes(dataDir, Object.fromEntries(texts.map((text) => [text, text]))),
        ...names.filter((name) => texts.some((text) => name.includes(text))),
      ];
    },
    output: instance.output,
    secrets: [],
    deaths,
    unstoredMs: 1500,
    deadlineMs,
    markMs: 700,
    timeTroubles: { clockSteps, stops },
    facts: () => ({ 'kills of the gateway': deaths.count(), ...struck }),
  };
}
