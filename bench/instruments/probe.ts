/**
 * Measures a server from within and reports over the IPC channel to the bench: `--import` this file into the gateway,
 * or import it. Costs two system calls per publication, nothing else.
 */
import { registerHooks } from 'node:module';
import type { MemoryTaken, ProbeAnswer, ProbeQuestion, Publication } from './probe-client.ts';

const publications: Publication[] = [];

/** Call it just before a change of a swap is published to its subscribers. */
export function notePublication(id: string): void {
  publications.push({ id, cpuUs: cpuUs(), atNs: String(process.hrtime.bigint()) });
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function memory(): MemoryTaken {
  // The second collection frees what the finalizers of the first one released.
  for (let turn = 0; turn < 2; turn += 1) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed: heapUsed + external };
}

const answers: Record<ProbeQuestion, () => ProbeAnswer[ProbeQuestion]> = {
  memory,
  cpuUs,
  publications: () => publications.splice(0),
};
process.on('message', (question: ProbeQuestion) => process.send?.({ question, answer: answers[question]() }));

/** The module through which all of a gateway's events pass. */
const eventsModule = '/dist/src/backends/memory/pubsub.js';
const factory = 'export function createMemoryPubSub(';

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(eventsModule)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(factory))
      throw new Error(`${eventsModule} has changed: adapt bench/instruments/probe.ts`);
    return {
      ...loaded,
      source: `import { notePublication } from ${JSON.stringify(import.meta.url)};
${source.replace(factory, 'function createOwnEvents(')}
export function createMemoryPubSub(report) {
  const events = createOwnEvents(report);
  return { ...events, publish(swap) { notePublication(swap.id); events.publish(swap); } };
}`,
    };
  },
});
