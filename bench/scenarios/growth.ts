import type { Bench, ScenarioResult } from '../scenario.ts';
import { growthOfSubscriptions } from './growth-live.ts';
import { growthOfStore } from './growth-stored.ts';
import { growthOfQueue } from './growth-waiting.ts';

/** Measures what becomes slower as more accumulates. */
export async function growth(bench: Bench): Promise<ScenarioResult> {
  const parts = [await growthOfStore(bench), await growthOfSubscriptions(bench), await growthOfQueue(bench)];
  return {
    tables: parts.flatMap(({ tables }) => tables),
    targets: parts.flatMap(({ targets }) => targets),
  };
}
