import { Socket } from 'node:net';

const cutForMs = 3000;

/**
 * On `signal`, this process reaches nothing for a few seconds, except for Redis: its outgoing connections break, and new ones get no
 * answer. Call it before the modules that connect are loaded.
 */
export function cutEgressOn(signal: NodeJS.Signals): void {
  const redisPort = Number(URL.parse(process.env['REDIS_URL'] ?? '')?.port);
  const open = new Set<Socket>();
  let cutUntil = 0;
  process.on(signal, () => {
    cutUntil = performance.now() + cutForMs;
    for (const socket of open)
      socket.destroy(Object.assign(new Error('the network is cut'), { code: 'ECONNRESET' }));
  });
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
    // `net.connect` passes its arguments on as an array.
    const [first] = Array.isArray(given[0]) ? given[0] : given;
    const { port } =
      typeof first === 'object' && first !== null ? (first as { port?: unknown }) : { port: first };
    if (Number(port) !== redisPort) {
      // A socket without a handle would be collected, and undici's timeout with it.
      open.add(this);
      this.once('close', () => open.delete(this));
      if (performance.now() < cutUntil) return this;
    }
    return connect.apply(this, given as Parameters<typeof connect>);
  } as typeof connect;
}
