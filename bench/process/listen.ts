import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port and reports it to the bench, which started this process. */
export function listen(server: Server): void {
  server.listen(0, '127.0.0.1', () => announce(server));
}

/** The same for a server that is already listening. */
export function announce(server: Pick<Server, 'address'>): void {
  console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
