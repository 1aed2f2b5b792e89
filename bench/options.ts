/** All scenarios, in the order in which they run. */
export const scenarioNames = [
  'reads',
  'pushes',
  'mutations',
  'start',
  'growth',
  'expiry',
  'slots',
  'neighbors',
  'archive',
  'profiles',
  'studio',
  'tracing',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface Options {
  isQuick: boolean;
  scenarios: ScenarioName[];
}

/** @throws Error with the usage for unknown arguments */
export function readOptions(args: readonly string[]): Options {
  const isQuick = args.includes('--quick');
  const names = args.filter((arg) => arg !== '--quick');
  const unknown = names.find((name) => name !== 'report' && !scenarioNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new Error(`${unknown}: unknown\nnpm run bench -- [--quick] [${scenarioNames.join('|')}|report]…`);
  if (names.length === 0) return { isQuick, scenarios: [...scenarioNames] };
  return { isQuick, scenarios: scenarioNames.filter((name) => names.includes(name)) };
}
