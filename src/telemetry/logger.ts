import { type DestinationStream, type Logger, pino } from 'pino';

export interface LoggerOptions {
  /** Default: standard output. */
  destination?: DestinationStream;
  /** Removes secrets from a complete line, whatever field contains them. The result must be valid JSON. */
  scrub?(line: string): string;
}

/** Fields to redact, at up to three levels of nesting. */
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

/** Creates a logger that writes JSON lines. */
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
        // The URLs of webhooks and of files are secrets. Other URLs hold none: keys travel in headers.
        req: ({ method, url, id }: { method: string; url: string; id: string }) => ({
          id,
          method,
          url: url.replace(/(\/(?:webhooks\/(?:[a-z0-9-]+\/)?|files\/)).*/, '$1[redacted]'),
        }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      ...(scrub && { hooks: { streamWrite: scrub } }),
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  );
}
