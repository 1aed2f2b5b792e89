import { isatty } from 'node:tty';
import type { Gateway } from './app/gateway.js';
import { ConfigError, readConfig, secretsOf } from './config/config.js';

/**
 * The entry point, and the only file that uses `process`. Everything else is imported after the check of Node's version, since
 * an older version could not load it.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  fail([
    `Node ${process.versions.node} is not supported: the gateway needs 22.19 or newer. "npm start" uses a bundled one.`,
  ]);
}

/** Added to the submission timeout, for finishing requests before it and closing the store after it. */
const shutdownMarginMs = 5000;
/** Short, since the state of the process cannot be trusted after an uncaught error. */
const crashDeadlineMs = 1500;
/** Time to flush the last log lines. */
const flushMs = 300;

try {
  const config = readConfig(process.env);
  const { createLogger } = await import('./telemetry/logger.js');
  const { createLogDestination } = await import('./telemetry/log-destination.js');
  const { createSecretRedactor } = await import('./lib/redact-secrets.js');
  const destination = createLogDestination(1);
  const log = createLogger(config.logLevel, {
    destination,
    scrub: createSecretRedactor(secretsOf(config)),
  });

  const starting = new AbortController();
  let gateway: Gateway | undefined;
  let isStopping = false;
  let exitCode = 0;
  let isLeaving = false;

  const leave = async (code: number): Promise<void> => {
    if (isLeaving) return;
    isLeaving = true;
    if (!(await destination.finish(flushMs))) process.kill(process.pid, 'SIGKILL');
    process.exit(code);
  };
  const leaveAfter = (deadlineMs: number): void => {
    setTimeout(() => {
      log.error({ deadlineMs }, 'shutdown took too long');
      void leave(1);
    }, deadlineMs);
  };
  const stop = (reason: string, code: number): void => {
    isStopping = true;
    exitCode = code;
    log.info({ reason }, 'shutting down');
    // Aborted startup closes everything opened so far, and the process exits below.
    starting.abort();
    gateway?.close().then(
      () => leave(exitCode),
      (error: unknown) => {
        log.error({ err: error }, 'shutdown failed');
        void leave(1);
      },
    );
  };

  const shutDown = (reason: string): void => {
    leaveAfter(config.submitTimeoutMs + shutdownMarginMs);
    stop(reason, 0);
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) {
        log.warn({ signal }, 'received a second signal; waiting only for submissions to ModelsLab');
        if (gateway) gateway.closeNow();
        else void leave(1);
        return;
      }
      shutDown(signal);
    });
  }
  let isReloadDue = false;
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.on('SIGHUP', () => {
    if (isStopping) return;
    // The kernel sends the same signal when the terminal is closed, and then the process must not be left behind.
    if (terminals.some((descriptor) => !isatty(descriptor))) {
      shutDown('the terminal was closed');
      return;
    }
    log.info({ signal: 'SIGHUP' }, 'reloading');
    if (gateway) void gateway.reload();
    else isReloadDue = true;
  });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      log.fatal({ err: error }, event);
      leaveAfter(crashDeadlineMs);
      if (!isStopping) stop(event, 1);
    });
  }

  try {
    const { createGateway } = await import('./app/gateway.js');
    gateway = await createGateway(config, log, {
      signal: starting.signal,
      droppedLogLines: destination.dropped,
    });
  } catch (error) {
    if (!starting.signal.aborted) throw error;
    await leave(exitCode);
  }
  if (gateway) {
    if (isReloadDue) void gateway.reload();
    log.info(
      { url: gateway.url, upstream: gateway.upstream },
      gateway.upstream === 'SANDBOX'
        ? `ready at ${gateway.url}/graphql with the sandbox: MODELSLAB_API_KEY is not set, so pictures are only pasted together`
        : `ready at ${gateway.url}/graphql`,
    );
  }
} catch (error) {
  fail(error instanceof ConfigError ? error.problems : [explain(error)]);
}

/** A one-line message for the operator, instead of a stack trace. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, address } = error as { code?: string; port?: number; address?: string };
  if (code === 'EADDRINUSE') return `PORT: ${address}:${port} is already in use`;
  if (code === 'EACCES' && port !== undefined) return `PORT: this user has no permission to use ${port}`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST: ${address ?? 'the address'} is not an address of this machine`;
  return error.message;
}

function fail(lines: string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
}
