import { once } from 'node:events';
import { createServer } from 'node:net';

/** Resets the next `count` connections to a port as soon as they are made, and then releases the port. */
export async function refuseConnections(port: number, count: number): Promise<void> {
  let refused = 0;
  const server = createServer((connection) => {
    connection.destroy();
    if (++refused === count) server.close();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'close');
}
