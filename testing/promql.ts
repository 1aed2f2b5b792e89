/** The names that a PromQL expression, or a Grafana query, refers to. */
export interface PromqlNames {
  metrics: string[];
  /** Labels used for grouping. */
  grouping: string[];
  /** `[label, operator, value]` of all selectors. */
  matchers: [label: string, operator: string, value: string][];
}

const notMetrics = new Set(['by', 'without', 'and', 'or', 'unless', 'on', 'ignoring', 'bool', 'offset']);

/** Sufficient for this project's expressions: anything that is not a function, keyword, number or range counts as a metric. */
export function namesIn(expression: string): PromqlNames {
  const matchers = [...expression.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
    ([, label = '', operator = '', value = '']): [string, string, string] => [label, operator, value],
  );
  const groups = [...expression.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)];
  const rest = expression
    .replace(/^label_values\((.*),\s*\w+\)$/, '$1')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
    .replace(/\b[a-z_]\w*\s*\(/gi, ' ');
  return {
    metrics: (rest.match(/\b[a-z_][\w:]*/gi) ?? []).filter((word) => !notMetrics.has(word)),
    grouping: groups.flatMap(([, list = '']) => list.split(',').map((label) => label.trim())),
    matchers,
  };
}
