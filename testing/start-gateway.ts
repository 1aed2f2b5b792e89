import { onTestFinished } from 'vitest';
import { createGateway, type Gateway } from '../src/app/gateway.js';
import type { GatewayOverrides } from '../src/app/gateway-overrides.js';
import { readConfig, secretsOf } from '../src/config/config.js';
import { createSecretRedactor } from '../src/lib/redact-secrets.js';
import { type CapturedLog, captureLog } from './capture-log.js';
import { fastPathSetting } from './fast-path-setting.js';
import { createGraphqlClient, type GraphqlTestClient } from './graphql-client.js';
import { temporaryFolder } from './temporary-folder.js';
import { unhurried } from './timeouts.js';

export interface TestGateway extends GraphqlTestClient {
  gateway: Gateway;
  url: string;
  logs: CapturedLog;
}

/**
 * A gateway in this process, on a free port, with its own data directory; closed after the test.
 *
 * @param env overrides of the default variables; without MODELSLAB_API_KEY it uses the sandbox
 */
export async function startGateway(
  env: Record<string, string> = {},
  overrides: GatewayOverrides = {},
): Promise<TestGateway> {
  const config = readConfig({
    PORT: '0',
    ...fastPathSetting,
    // How long closing waits for a submission that a test leaves without a response.
    SUBMIT_TIMEOUT_MS: '5000',
    // Unless a test sets the delay itself.
    ...(overrides.transport?.load === undefined && unhurried),
    ...env,
    DATA_DIR: env['DATA_DIR'] ?? temporaryFolder(),
  });
  const logs = captureLog(env['LOG_LEVEL'] ?? 'debug', createSecretRedactor(secretsOf(config)));
  const gateway = await createGateway(config, logs.log, overrides);
  onTestFinished(() => gateway.close());
  return { gateway, url: gateway.url, logs, ...createGraphqlClient(gateway.url) };
}
