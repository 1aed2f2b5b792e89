import { z } from 'zod';
import { type Scope, scopes } from '../swap/principal.js';

/** A key, known only by its hash. */
export interface KeySettings {
  /** In lower-case hexadecimal. */
  sha256: string;
  /** Milliseconds since the epoch. Undefined: never. */
  expiresAt?: number | undefined;
}

/** One client as the operator configured it. Undefined: the default of the gateway. */
export interface ClientSettings {
  name: string;
  keys: KeySettings[];
  /** Undefined: all. */
  scopes?: Scope[] | undefined;
  quotas?: { swapsPerDay?: number | 'off' | undefined; maxWaiting?: number | undefined } | undefined;
  watermark?: Requirement | undefined;
  consent?: Requirement | undefined;
  webhookSecretGeneration?: number | undefined;
}

/** `client`: the client decides for each swap. */
export type Requirement = (typeof requirements)[number];
const requirements = ['client', 'required'] as const;

/** What a file must agree with. */
export interface FileContext {
  /** The keys of GATEWAY_API_KEYS. */
  apiKeys: readonly { client: string; sha256: string }[];
  /** How long finished swaps are kept, milliseconds. */
  resultTtlMs: number;
  /** SHA-256 of keys that may not be used, in lower-case hexadecimal. */
  refusedKeys?: ReadonlySet<string>;
}

export const clientNamePattern = /^[\w.-]{1,64}$/;

const dayMs = 24 * 60 * 60 * 1000;
const positive = (message: string) => z.int(message).positive(message);
const count = 'must be a whole number greater than 0';
const countOrOff = `${count}, or "off"`;

const key = z.strictObject(
  {
    sha256: z
      .string('must be the SHA-256 of the key in hexadecimal')
      .regex(/^[0-9a-f]{64}$/i, 'must be the SHA-256 of the key in hexadecimal, 64 digits')
      .transform((text) => text.toLowerCase()),
    expiresAt: z.iso
      .datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z' })
      .transform((text) => Date.parse(text))
      .optional(),
  },
  'must be an object with sha256',
);

const client = z.strictObject(
  {
    name: z
      .string('must be a text')
      .regex(clientNamePattern, 'must have 1 to 64 letters, digits, dots, dashes or underscores'),
    keys: z.array(key, 'must be a list of keys'),
    scopes: z
      .array(z.enum(scopes, `must be one of ${scopes.join(', ')}`), 'must be a list of scopes')
      .optional(),
    quotas: z
      .strictObject(
        {
          swapsPerDay: z.union([z.literal('off'), positive(countOrOff)], countOrOff).optional(),
          maxWaiting: positive(count).optional(),
        },
        'must be an object',
      )
      .optional(),
    watermark: z.enum(requirements, 'must be client or required').optional(),
    consent: z.enum(requirements, 'must be client or required').optional(),
    webhookSecretGeneration: positive(count).optional(),
  },
  'must be an object with name and keys',
);

const file = z.strictObject(
  { clients: z.array(client, 'must be a list of clients') },
  'must be an object with a list of clients',
);

/**
 * Parses CLIENTS_FILE.
 *
 * @returns the clients, or a message for each problem. Messages name the path, never the value, which may be a key by mistake
 */
export function parseClientsFile(
  text: string,
  context: FileContext,
): { clients: ClientSettings[] } | { problems: string[] } {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // The whole message would quote the file.
    const [where = ''] = /\(line \d+ column \d+\)/.exec(String(error)) ?? [];
    return { problems: [`is not valid JSON ${where}`.trimEnd()] };
  }
  const parsed = file.safeParse(json);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap(describeIssue) };
  const { clients } = parsed.data;
  const problems = [
    ...findDuplicates(clients, context),
    ...findGuessable(clients, context),
    ...findUncountable(clients, context),
  ];
  return problems.length > 0 ? { problems } : { clients };
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [at(issue.path, issue.message)];
  return issue.keys.map((name) => at([...issue.path, name], 'is not a known field'));
}

/** `clients[0].keys[1].sha256: message` */
function at(path: readonly PropertyKey[], message: string): string {
  const place = path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${String(part)}`),
    '',
  );
  return place === '' ? message : `${place}: ${message}`;
}

/** A name or a key that occurs twice would make it unclear whose settings apply. */
function findDuplicates(clients: readonly ClientSettings[], { apiKeys }: FileContext): string[] {
  const problems: string[] = [];
  const variable = 'GATEWAY_API_KEYS';
  const names = new Map(apiKeys.map(({ client }) => [client, variable]));
  const hashes = new Map(apiKeys.map(({ sha256 }) => [sha256, variable]));
  const claim = (known: Map<string, string>, value: string, path: PropertyKey[]): void => {
    const other = known.get(value);
    if (other !== undefined) problems.push(at(path, `is also in ${other}`));
    else known.set(value, at(path.slice(0, -1), '').replace(/: $/, ''));
  };
  for (const [n, { name, keys }] of clients.entries()) {
    claim(names, name, ['clients', n, 'name']);
    for (const [k, { sha256 }] of keys.entries()) claim(hashes, sha256, ['clients', n, 'keys', k, 'sha256']);
  }
  return problems;
}

function findGuessable(clients: readonly ClientSettings[], { refusedKeys }: FileContext): string[] {
  return clients.flatMap(({ keys }, n) =>
    keys.flatMap(({ sha256 }, k) =>
      refusedKeys?.has(sha256)
        ? [
            at(
              ['clients', n, 'keys', k, 'sha256'],
              'is the hash of a documented example or of a key that can be guessed',
            ),
          ]
        : [],
    ),
  );
}

/** The daily quota counts stored swaps. */
function findUncountable(clients: readonly ClientSettings[], { resultTtlMs }: FileContext): string[] {
  if (resultTtlMs >= dayMs) return [];
  return clients.flatMap(({ quotas }, n) =>
    typeof quotas?.swapsPerDay === 'number'
      ? [at(['clients', n, 'quotas', 'swapsPerDay'], 'needs RESULT_TTL_MS of at least a day')]
      : [],
  );
}
