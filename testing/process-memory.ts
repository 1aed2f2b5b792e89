import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { GatewayProcess } from './spawn-gateway.js';

/** Environment of a process to be inspected. */
export const measurable = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

interface Inspector {
  ask(method: string, params?: object): Promise<Record<string, number>>;
  leave(): void;
}

async function connectInspector({ output }: GatewayProcess): Promise<Inspector> {
  const [, url] = /Debugger listening on (ws:\S+)/.exec(output()) ?? [];
  if (url === undefined) throw new Error('the process has no inspector');
  const inspector = new WebSocket(url);
  inspector.on('error', () => undefined);
  onTestFinished(() => inspector.terminate());
  await once(inspector, 'open');
  let lastId = 0;
  return {
    leave: () => inspector.terminate(),
    async ask(method, params) {
      const id = ++lastId;
      inspector.send(JSON.stringify({ id, method, params }));
      for (;;) {
        const [data] = (await once(inspector, 'message')) as [Buffer];
        const message = JSON.parse(String(data)) as { id: number; result: Record<string, number> };
        if (message.id === id) return message.result;
      }
    },
  };
}

/** Evaluates JavaScript in a process started with `measurable`. */
export async function throwInProcess(gateway: GatewayProcess, expression: string): Promise<void> {
  const { ask, leave } = await connectInspector(gateway);
  await ask('Runtime.evaluate', { expression });
  // Node.js does not exit while a debugger is attached.
  leave();
}

/** Memory of a process started with `measurable` after garbage collection: heap and external memory, bytes. */
export async function measureMemory(gateway: GatewayProcess): Promise<() => Promise<number>> {
  const { ask } = await connectInspector(gateway);
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
