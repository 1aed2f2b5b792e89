import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { GatewayProcess } from './spawn-gateway.js';

/** Environment of a process whose memory is to be measured. */
export const measurable = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** What a process that runs with `measurable` holds after a garbage collection: heap and memory outside of it, bytes. */
export async function measureMemory({ output }: GatewayProcess): Promise<() => Promise<number>> {
  const [, url] = /Debugger listening on (ws:\S+)/.exec(output()) ?? [];
  if (url === undefined) throw new Error('the process has no inspector');
  const inspector = new WebSocket(url);
  onTestFinished(() => inspector.terminate());
  await once(inspector, 'open');
  let lastId = 0;
  const ask = async (method: string): Promise<Record<string, number>> => {
    const id = ++lastId;
    inspector.send(JSON.stringify({ id, method }));
    for (;;) {
      const [data] = (await once(inspector, 'message')) as [Buffer];
      const message = JSON.parse(String(data)) as { id: number; result: Record<string, number> };
      if (message.id === id) return message.result;
    }
  };
  return async () => {
    await ask('HeapProfiler.collectGarbage');
    const {
      usedSize = 0,
      embedderHeapUsedSize = 0,
      backingStorageSize = 0,
    } = await ask('Runtime.getHeapUsage');
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  };
}
