import { onTestFinished } from 'vitest';
import { createGraphqlClient, type GraphqlTestClient } from './graphql-client.js';
import { type GatewayProcess, spawnGateway } from './spawn-gateway.js';
import { unhurried } from './timeouts.js';

/** A gateway in a process of its own, with a client; killed after the test if it still runs. */
export async function startGatewayProcess(
  env: Record<string, string>,
  script?: string,
  wrapper?: readonly string[],
): Promise<GatewayProcess & GraphqlTestClient> {
  const gateway = await spawnGateway({ ...unhurried, ...env }, script, wrapper);
  onTestFinished(async () => void (await gateway.kill('SIGKILL')));
  return { ...gateway, ...createGraphqlClient(gateway.url) };
}
