import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScenarioName, scenarioNames } from '../options.ts';
import { benchRoot } from '../process/child.ts';
import type { ScenarioResult } from '../scenario.ts';

export interface StoredResult extends ScenarioResult {
  scenario: ScenarioName;
  isQuick: boolean;
  /** ISO 8601. */
  finishedAt: string;
  seconds: number;
  commit: string;
}

const folder = join(benchRoot, 'results');
const pathOf = (scenario: ScenarioName, isQuick: boolean): string =>
  join(folder, `${scenario}${isQuick ? '.quick' : ''}.json`);

export function storeResult(result: StoredResult): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(pathOf(result.scenario, result.isQuick), JSON.stringify(result, undefined, 2));
}

/** The last result of each scenario, if there is one. */
export function loadResults(isQuick: boolean): StoredResult[] {
  return scenarioNames
    .map((name) => pathOf(name, isQuick))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as StoredResult);
}
