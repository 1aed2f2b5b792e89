import { Writable } from 'node:stream';
import type { Logger } from 'pino';
import { createLogger } from '../src/telemetry/logger.js';

export interface CapturedLog {
  log: Logger;
  /** All log output as text. */
  text(): string;
  lines(): Record<string, unknown>[];
}

/** The gateway's own logger, writing to memory. */
export function captureLog(level = 'debug', scrub?: (line: string) => string): CapturedLog {
  let written = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  return {
    log: createLogger(level, { destination, scrub }),
    text: () => written,
    lines: () =>
      written
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
