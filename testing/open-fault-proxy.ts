import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FaultProxy {
  port: number;
  /** Stops the traffic in both directions; nothing is lost. */
  freeze(): void;
  /**
   * Stops the traffic of the connections open now; later ones work. Data of disconnected clients is still delivered
   * after thawing.
   */
  freezeOpen(): void;
  /** Commands pass, but their responses do not: they are executed, and the client never learns about it. */
  freezeAnswers(): void;
  thaw(): void;
  /** Delays everything from now on by `ms` milliseconds in each direction. */
  delay(ms: number): void;
  /** Later connections go to this port. */
  retarget(port: number): void;
  /** Closes every connection. */
  cut(): void;
  close(): void;
}

/** A TCP proxy to a local port, with faults on demand. */
export async function openFaultProxy(targetPort: number): Promise<FaultProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let isFrozen = false;
  let areAnswersFrozen = false;
  let delayMs = 0;
  let target = targetPort;

  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    const end = (): void => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const [from, to] of [pair, [far, near] as const]) {
      let late = 0;
      let lastOne = Promise.resolve();
      from.on('data', (chunk) => {
        if (delayMs === 0 && late === 0) return void to.write(chunk);
        // Sequential, so that bytes stay in order when the delay changes.
        const dueAt = performance.now() + delayMs;
        late += 1;
        lastOne = lastOne
          .then(() => sleep(Math.max(dueAt - performance.now(), 0)))
          .then(() => {
            late -= 1;
            to.write(chunk);
          });
      });
      from.on('close', end).on('error', end);
      if (isFrozen || (areAnswersFrozen && from === far)) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = (): Socket[] => [...pairs].flat();
  const cut = (): void => {
    for (const socket of sockets()) socket.destroy();
  };
  const pauseAll = (): void => {
    for (const socket of sockets()) socket.pause();
  };
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      isFrozen = true;
      pauseAll();
    },
    freezeOpen: pauseAll,
    freezeAnswers() {
      areAnswersFrozen = true;
      for (const [, far] of pairs) far.pause();
    },
    thaw() {
      isFrozen = false;
      areAnswersFrozen = false;
      for (const socket of sockets()) socket.resume();
    },
    delay(ms) {
      delayMs = ms;
    },
    retarget(port) {
      target = port;
    },
    cut,
    close() {
      cut();
      server.close();
    },
  };
}
