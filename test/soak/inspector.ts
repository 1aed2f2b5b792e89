/** The heap of a Node.js process that was started with `--inspect=127.0.0.1:0`, through its inspector. */
export interface Inspector {
  /** Bytes in use after a full garbage collection. */
  heapAfterGc(): Promise<number>;
  close(): void;
}

/** @param output of the process, which names the inspector's URL. @throws Error if it does not */
export async function openInspector(output: string): Promise<Inspector> {
  const url = /Debugger listening on (ws:\S+)/.exec(output)?.[1];
  if (url === undefined) throw new Error('the gateway was started without --inspect');
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the inspector refused the connection')));
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let last = 0;
  const call = (method: string): Promise<unknown> =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      socket.send(JSON.stringify({ id: last, method }));
    });
  await call('Runtime.enable');
  return {
    async heapAfterGc() {
      // Objects with finalizers go in a second collection.
      await call('HeapProfiler.collectGarbage');
      await call('HeapProfiler.collectGarbage');
      return ((await call('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
    },
    close: () => socket.close(),
  };
}
