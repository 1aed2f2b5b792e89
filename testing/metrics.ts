import type { TestGateway } from './start-gateway.js';

/** One scrape of `/metrics`. */
export interface Reading {
  text: string;
  /** Value of the only sample with these labels, possibly among others; undefined if there is none. */
  value(name: string, labels?: Record<string, string>): number | undefined;
}

/** @throws Error for a line that is not a sample in Prometheus' text format */
export function parseMetrics(text: string): Reading {
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
      if (name === undefined) throw new Error(`no sample: ${line}`);
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
    });
  return {
    text,
    value(name, labels = {}) {
      const fitting = samples.filter(
        (sample) =>
          sample.name === `face_swap_gateway_${name}` &&
          Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      );
      if (fitting.length > 1) throw new Error(`${name} with these labels matches several samples`);
      return fitting[0]?.value;
    },
  };
}

export async function readMetrics(
  { url }: Pick<TestGateway, 'url'>,
  headers: Record<string, string> = {},
): Promise<Reading> {
  const response = await fetch(`${url}/metrics`, { headers });
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return parseMetrics(await response.text());
}
