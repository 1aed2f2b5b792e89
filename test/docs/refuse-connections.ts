import { once } from 'node:events';
import { createServer } from 'node:net';

/** Cuts off so many connections to a port, each as soon as it is made, and then leaves the port. */
export async function refuseConnections(port: number, count: number): Promise<void> {
  let refused = 0;
  const server = createServer((connection) => {
    connection.destroy();
    if (++refused === count) server.close();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'close');
}
