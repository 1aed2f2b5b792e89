import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Balancer {
  url: string;
  /** How many connections each target has accepted. */
  accepted(): number[];
  close(): Promise<void>;
}

/**
 * Round-robin TCP balancer over local ports; a port that refuses the connection is skipped. No health checks: a target
 * that accepts and then stays silent keeps the connection.
 */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const accepted = ports.map(() => 0);
  const open = new Set<Socket>();
  let turn = 0;

  const tryFrom = (near: Socket, first: number, attempts: number): void => {
    if (attempts === 0) return void near.destroy();
    const index = first % ports.length;
    const far = connect(ports[index] ?? 0, '127.0.0.1');
    const passOver = (): void => tryFrom(near, first + 1, attempts - 1);
    far.once('error', passOver);
    far.once('connect', () => {
      far.off('error', passOver).on('error', () => near.destroy());
      accepted[index] = (accepted[index] ?? 0) + 1;
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      near.pipe(far).pipe(near);
    });
  };

  const server = createServer((near) => {
    open.add(near.setNoDelay(true));
    near.on('error', () => undefined).on('close', () => open.delete(near));
    turn += 1;
    tryFrom(near, turn, ports.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted: () => [...accepted],
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
