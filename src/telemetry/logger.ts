import { type DestinationStream, type Logger, pino } from 'pino';

export interface LoggerOptions {
  /** Standard output unless given. */
  destination?: DestinationStream;
  /** Takes secrets out of a finished line, whatever field they came in by. Must keep JSON what it is. */
  scrub?(line: string): string;
}

/** Names of fields whose values never belong in a log, at the depths at which they could occur. */
const secretFields = [
  'key',
  'apiKey',
  'api_key',
  'authorization',
  'Authorization',
  'cookie',
  'token',
  'secret',
  'password',
];

/** JSON lines. */
export function createLogger(level: string, { destination, scrub }: LoggerOptions = {}): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
      serializers: {
        // Webhook URLs are secrets. Other URLs hold none: keys travel in headers.
        req: ({ method, url, id }: { method: string; url: string; id: string }) => ({
          id,
          method,
          url: url.replace(/(\/webhooks\/(?:[a-z0-9-]+\/)?).*/, '$1[redacted]'),
        }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      ...(scrub && { hooks: { streamWrite: scrub } }),
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  );
}
