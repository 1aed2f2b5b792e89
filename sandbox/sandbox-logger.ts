/** The subset of pino that the sandbox uses. */
export interface SandboxLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export const silentLogger: SandboxLogger = { info: () => {}, warn: () => {} };
