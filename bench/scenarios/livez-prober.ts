import { get } from 'node:http';

export const probeIntervalMs = 10;

/**
 * Requests `/livez` at a fixed rate, each time over a new connection. @returns a function that stops and returns the
 * milliseconds of each request
 */
export function probeLivez(url: string): () => Promise<number[]> {
  const livezMs: number[] = [];
  const probes = new Set<Promise<void>>();
  const prober = setInterval(() => {
    const probe = timeLivez(url).then((ms) => {
      livezMs.push(ms);
      probes.delete(probe);
    });
    probes.add(probe);
  }, probeIntervalMs);
  return async () => {
    clearInterval(prober);
    await Promise.all(probes);
    return livezMs;
  };
}

function timeLivez(url: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get(`${url}/livez`, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(performance.now() - began));
    }).on('error', reject);
  });
}
