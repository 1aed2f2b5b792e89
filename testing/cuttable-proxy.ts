import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface CuttableProxy {
  url: string;
  /** Resets every open connection. */
  cut(): void;
  /** From now on, connections are reset as soon as they are made. */
  refuse(isRefusing: boolean): void;
  /** Number of connections that were reset that way. */
  refused(): number;
  /** Drops the next HTTP response after the gateway has sent it, and resets its connection. */
  loseNextAnswer(): void;
  /** Connections open now stay open, but nothing passes through them any more. */
  freeze(): void;
  /** Resolves when WebSockets have delivered this text to the client that many times. */
  delivered(text: string, times: number): Promise<void>;
  /** Number of WebSockets opened so far. */
  webSockets(): number;
  /** Resolves when no WebSocket is open. */
  idle(): Promise<void>;
}

/** A network between client and gateway that fails on demand. */
export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<{ near: Socket; far: Socket; isWebSocket: boolean }>();
  const waiting = new Set<() => void>();
  let webSockets = 0;
  let messages = '';
  let isRefusing = false;
  let refused = 0;
  let losesNextAnswer = false;

  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (isSo()) resolve();
      };
      waiting.add(check);
      check();
    });
  const isIdle = (): boolean => ![...pairs].some(({ isWebSocket }) => isWebSocket);
  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (isRefusing) {
      refused++;
      return void near.destroy();
    }
    const far = connect({ host: hostname, port: Number(port) });
    const pair = { near, far, isWebSocket: false };
    const end = (): void => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
      for (const wake of waiting) wake();
    };
    pairs.add(pair);
    near.once('data', (first) => {
      pair.isWebSocket = /^upgrade: *websocket/im.test(String(first));
      if (pair.isWebSocket) webSockets++;
    });
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => {
      if (losesNextAnswer && !pair.isWebSocket) {
        losesNextAnswer = false;
        end();
        return;
      }
      near.write(chunk);
      if (pair.isWebSocket) messages += String(chunk);
      for (const wake of waiting) wake();
    });
    for (const side of [near, far]) side.on('close', end).on('error', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const { near } of pairs) near.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    refuse(refusing) {
      isRefusing = refusing;
    },
    refused: () => refused,
    loseNextAnswer() {
      losesNextAnswer = true;
    },
    freeze() {
      for (const { near, far } of pairs) {
        near.removeAllListeners('data').resume();
        far.removeAllListeners('data').resume();
      }
    },
    webSockets: () => webSockets,
    delivered: (text, times) => until(() => messages.split(text).length > times),
    idle: () => until(isIdle),
  };
}
