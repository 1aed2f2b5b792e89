import { onTestFinished } from 'vitest';
import { type DnsServer, serveDns } from './serve-dns.js';

/** See `serveDns`. Closed after the test. */
export async function startDnsServer(...given: Parameters<typeof serveDns>): Promise<DnsServer> {
  const server = await serveDns(...given);
  onTestFinished(server.close);
  return server;
}
