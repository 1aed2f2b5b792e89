import { type DestinationStream, type Logger, pino } from 'pino';
import { redactLogLine } from '../lib/redact-log-line.js';

export interface LoggerOptions {
  /** Default: standard output. */
  destination?: DestinationStream;
  /** Removes secrets from a complete line, whatever field contains them. The result must be valid JSON. */
  scrub?(line: string): string;
}

/**
 * Creates a logger that writes JSON lines. Whatever is logged, at any level: a line contains no value of a field that is named
 * like a secret, and no URL of a picture, an upload, a result or a webhook, since anyone with such a URL can use it.
 */
export function createLogger(level: string, { destination, scrub }: LoggerOptions = {}): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        // The query of a GET may contain an operation, and with it URLs of pictures.
        req: ({ method, url, id }: { method: string; url: string; id: string }) => ({
          id,
          method,
          url: url.replace(/[?#].*/s, ''),
        }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      hooks: { streamWrite: scrub ? (line) => scrub(redactLogLine(line)) : redactLogLine },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  );
}
