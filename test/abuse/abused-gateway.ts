import { createHash, randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type GatewayProcess, spawnGateway } from '../../testing/spawn-gateway.ts';
import type { Target } from './bystander.ts';

/** A gateway with its default limits, except the one on sockets per address, since all attackers and receivers are local. */
export async function startAbusedGateway(
  dataDir: string,
): Promise<{ gateway: GatewayProcess; target: Target }> {
  const attackerKeys = Array.from({ length: 64 }, () => randomUUID());
  const key = randomUUID();
  const entry = (client: string, secret: string): string =>
    `${client}:${createHash('sha256').update(secret).digest('hex')}`;
  const gateway = await spawnGateway({
    DATA_DIR: dataDir,
    LOG_LEVEL: 'info',
    NODE_ENV: 'production',
    GATEWAY_API_KEYS: [
      entry('ada', key),
      ...attackerKeys.map((secret, index) => entry(`mallory-${index}`, secret)),
    ].join(','),
    MAX_SOCKETS_PER_ADDRESS: '20000',
    ALLOW_PRIVATE_WEBHOOKS: 'on',
    WEBHOOK_DNS_SERVERS: await openSilentDns(),
  });
  const target = { url: gateway.url, key, attackerKeys, pid: gateway.child.pid, takesLocalWebhooks: true };
  return { gateway, target };
}

/** Open until this process exits. */
async function openSilentDns(): Promise<string> {
  const socket = createSocket('udp4').unref();
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return `127.0.0.1:${(socket.address() as AddressInfo).port}`;
}
