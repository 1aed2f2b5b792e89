import type { SwapLog } from '../../swap/ports.js';
import type { RedisClient, RedisConnection } from './connection.js';

/** Ways in which this Redis may lose acknowledged writes, and why some could not be checked. */
export interface DurabilityFindings {
  /** One sentence each. */
  risks: string[];
  /** Why the settings could not be read; `risks` then contains only what is known without them. */
  unchecked: string | undefined;
}

export interface DurabilityCheckOptions {
  redis: RedisConnection;
  log: SwapLog;
  /** Whether to refuse to start on a Redis that may lose data. */
  isRequired: boolean;
}

/** `atStart` throws an Error with a message for the operator if Redis may lose data and must not. */
export interface DurabilityCheck {
  /** Waits for a connection, then for the findings. */
  atStart(): Promise<void>;
}

const settingNames = ['appendonly', 'appendfsync', 'save', 'maxmemory-policy'] as const;

/**
 * On each connection, checks what the server could lose in a crash or by eviction: it may have been restarted with other
 * settings, or be another server after a failover. Logs each set of findings once.
 */
export function checkDurability({ redis, log, isRequired }: DurabilityCheckOptions): DurabilityCheck {
  let lastLogged = '';

  const check = async (): Promise<DurabilityFindings> => {
    const findings = await redis.orUnavailable(readFindings);
    const { risks, unchecked } = findings;
    const seen = JSON.stringify(findings);
    if (seen === lastLogged) return findings;
    lastLogged = seen;
    if (unchecked !== undefined)
      log.warn({ reason: unchecked }, 'cannot check whether Redis may lose acknowledged writes');
    if (risks.length > 0) log.warn({ risks }, 'Redis may lose swaps, which could then be paid for twice');
    return findings;
  };

  redis.onReady(() => void check().catch(() => undefined));

  return {
    async atStart() {
      for (;;) {
        await redis.ready();
        const findings = await check().catch(() => undefined);
        if (!findings) {
          // The connection was lost in between; the next one repeats the check.
          await new Promise<void>((resolve) => redis.onReady(resolve));
          continue;
        }
        const { risks, unchecked } = findings;
        if (isRequired && unchecked === undefined && risks.length > 0) {
          const problem = 'REDIS_URL: this Redis may lose swaps, which could then be paid for twice.';
          throw new Error([problem, ...risks, 'To run on it anyway, set REDIS_ALLOW_LOSS=on.'].join(' '));
        }
        return;
      }
    },
  };
}

async function readFindings(client: RedisClient): Promise<DurabilityFindings> {
  try {
    const pairs = (await client.sendCommand(['CONFIG', 'GET', ...settingNames])) as unknown;
    const settings = readPairs(pairs);
    const missing = settingNames.filter((name) => name !== 'save' && settings.get(name) === undefined);
    if (missing.length === 0) return { risks: risksOf(settings), unchecked: undefined };
    return findWithoutConfig(client, `CONFIG GET does not return ${missing.join(', ')}`);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return findWithoutConfig(client, `CONFIG GET is refused: ${error.message}`);
  }
}

/** INFO shows the append-only file and the eviction policy, but not `appendfsync`. */
async function findWithoutConfig(client: RedisClient, unchecked: string): Promise<DurabilityFindings> {
  try {
    const text = String(await client.sendCommand(['INFO', 'everything']));
    const settings = new Map<string, string>();
    const aof = /^aof_enabled:(\d)/m.exec(text)?.[1];
    if (aof !== undefined) settings.set('appendonly', aof === '1' ? 'yes' : 'no');
    const policy = /^maxmemory_policy:(\S+)/m.exec(text)?.[1];
    if (policy !== undefined) settings.set('maxmemory-policy', policy);
    return { risks: risksOf(settings), unchecked };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { risks: [], unchecked: `${unchecked}; INFO is refused: ${error.message}` };
  }
}

function risksOf(settings: ReadonlyMap<string, string>): string[] {
  const risks: string[] = [];
  const save = settings.get('save');
  const fsync = settings.get('appendfsync');
  const policy = settings.get('maxmemory-policy');
  if (settings.get('appendonly') === 'no') {
    risks.push(
      save
        ? `It writes snapshots only (appendonly no, save ${save}): a crash loses everything since the last one.`
        : 'It writes nothing to disk (appendonly no): a restart loses everything.',
    );
  } else if (fsync !== undefined && fsync !== 'always') {
    risks.push(`It acknowledges writes before they are on disk (appendfsync ${fsync}; use always).`);
  }
  if (policy !== undefined && policy !== 'noeviction')
    risks.push(`It evicts swaps when memory is full (maxmemory-policy ${policy}; use noeviction).`);
  return risks;
}

/** An error reply from the server, such as NOPERM or an unknown command, rather than a lost connection. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && /^(NOPERM|ERR|DENIED)\b/.test(error.message);
}

/** Key-value pairs: a flat list in RESP2, a map in RESP3. */
function readPairs(reply: unknown): Map<string, string> {
  if (reply instanceof Map) return new Map([...reply].map(([name, value]) => [String(name), String(value)]));
  if (Array.isArray(reply)) {
    const pairs = Array.from({ length: reply.length / 2 }, (_, n): [string, string] => [
      String(reply[2 * n]),
      String(reply[2 * n + 1]),
    ]);
    return new Map(pairs);
  }
  return new Map(Object.entries((reply ?? {}) as object).map(([name, value]) => [name, String(value)]));
}
