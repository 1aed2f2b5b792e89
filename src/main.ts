import { ConfigError, readConfig, secretsOf } from './config.js';

/**
 * The process. The only file that touches `process`; everything else is loaded after the check of Node's version, since
 * an older one could not even load it.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  fail([
    `Node ${process.versions.node} is too old: the gateway needs 22.19 or newer. "npm start" brings its own.`,
  ]);
}

const hardDeadlineMs = 20_000;

try {
  const config = readConfig(process.env);
  const { createLogger } = await import('./telemetry/logger.js');
  const { createGateway } = await import('./gateway.js');
  const { createSecretRedactor } = await import('./telemetry/secret-redactor.js');
  const log = createLogger(config.logLevel, { scrub: createSecretRedactor(secretsOf(config)) });
  const gateway = await createGateway(config, log);
  log.info(
    { url: gateway.url, upstream: gateway.upstream },
    gateway.upstream === 'SANDBOX'
      ? `ready at ${gateway.url}/graphql with the sandbox: no MODELSLAB_API_KEY is set, pictures are only pasted together`
      : `ready at ${gateway.url}/graphql`,
  );

  let isStopping = false;
  const stop = (reason: string, exitCode: number): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ reason }, 'shutting down');
    setTimeout(() => {
      log.error({}, 'shutdown took too long');
      process.exit(1);
    }, hardDeadlineMs).unref();
    gateway.close().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        log.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM', 0));
  process.on('SIGINT', () => stop('SIGINT', 0));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      log.fatal({ err: error }, event);
      stop(event, 1);
    });
  }
} catch (error) {
  fail(error instanceof ConfigError ? error.problems : [explain(error)]);
}

/** A line for the operator, instead of a stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, address } = error as { code?: string; port?: number; address?: string };
  if (code === 'EADDRINUSE') return `PORT: ${address}:${port} is taken by another program`;
  if (code === 'EACCES' && port !== undefined) return `PORT: ${port} may not be used by this user`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST: ${address ?? 'the address'} is not an address of this machine`;
  return error.message;
}

function fail(lines: string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
}
