import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { orUnavailable } from '../swap/errors.js';
import { type Backend, type BackendOptions, openTtlMs, secretNames } from './backend.js';
import { createKeyvErasureStore } from './keyv-erasure-store.js';
import { createMemoryErasureTopic } from './memory/erasure-topic.js';
import { createMemoryPubSub } from './memory/pubsub.js';
import { createMemoryQueue } from './memory/queue.js';
import { backUpDatabase } from './sqlite/backup.js';
import { createSqliteConsents } from './sqlite/consents.js';
import { openSqliteDatabase } from './sqlite/database.js';
import { createDueClock } from './sqlite/due-clock.js';
import { requireIntactFiles } from './sqlite/intact-files.js';
import { createSqliteKeyvAdapter } from './sqlite/keyv-adapter.js';
import { createSqliteOperatorPause } from './sqlite/operator-pause.js';
import { createSqliteOutbox } from './sqlite/outbox.js';
import { dropBackupTable, readBackupTable } from './sqlite/restored-backup.js';
import { createSqliteSchedule } from './sqlite/schedule.js';
import { createSqliteSwapIndex } from './sqlite/swap-index.js';
import { createSqliteSwapStore } from './sqlite/swap-store.js';
import { prepareShrinking, sweepExpired } from './sqlite/sweep.js';
import { findUpgrade } from './sqlite/upgrade.js';
import { createSqliteUsage } from './sqlite/usage.js';
import { createWriteCheck } from './sqlite/write-check.js';

export interface EmbeddedBackendOptions extends BackendOptions {
  dataDir: string;
}

/**
 * A backend for a single process, without a server: swaps in a SQLite file, queue and pub/sub in memory.
 * @throws Error with a message for the operator if the directory is unusable
 */
export function createEmbeddedBackend({
  dataDir,
  slots,
  maxWaiting,
  maxWaitingPerClient,
  closeGraceMs,
  policy,
  clock,
  log,
  report,
  failpoint,
  wrapSync,
}: EmbeddedBackendOptions): Backend {
  const database = openSqliteDatabase(dataDir, {
    onCommitted: () => failpoint?.('after-commit-before-sync'),
    wrapSync,
  });
  const isUpgraded = findUpgrade(database, existsSync(join(dataDir, 'webhook-signing-secret')));
  prepareShrinking(database, log);
  const dueClock = createDueClock(database, clock);
  const queue = createMemoryQueue({
    clock,
    log,
    report,
    slots,
    maxWaiting,
    maxWaitingPerClient,
    closeGraceMs,
    operatorPause: createSqliteOperatorPause(database),
  });
  const pubsub = createMemoryPubSub(report);
  const closing = new AbortController();
  const { store, checking } = requireIntactFiles({
    database,
    store: {
      ...createSqliteSwapStore(database, { clock, pendingTtlMs: openTtlMs(policy) }),
      ping: createWriteCheck(database),
    },
    clock,
    log,
    signal: closing.signal,
  });
  const sweeping = sweepExpired({ database, clock, log, signal: closing.signal });
  const backup = readBackupTable(database.db);
  for (const name of secretNames) {
    const secret = backup?.secrets[name];
    // A newer secret of the directory stays: webhooks may be under way that it signed.
    if (secret !== undefined) readOrCreateSecret(join(dataDir, name), () => secret);
  }
  let backingUp: Promise<unknown> = Promise.resolve();
  return {
    store,
    swapIndex: createSqliteSwapIndex(database, clock),
    queue,
    pubsub,
    outbox: createSqliteOutbox(database, dueClock),
    latePolls: createSqliteSchedule(database, 'late_polls', dueClock),
    archiveJobs: createSqliteSchedule(database, 'archive_jobs', dueClock),
    erasures: createKeyvErasureStore(createSqliteKeyvAdapter(database, { namespace: 'erasures' }), clock),
    erasureJobs: createSqliteSchedule(database, 'erasure_jobs', dueClock),
    erasureTopic: createMemoryErasureTopic(),
    purge: async () => database.truncateLog(),
    usage: createSqliteUsage(database),
    consents: createSqliteConsents(database, clock),
    clock,
    dueNow: dueClock.now,
    // Its only caller keeps the interval.
    takeTurn: async () => true,
    isShared: false,
    size: async () => ({ database: await database.size() }),
    settingsConflicts: () => [],
    ready: async () => undefined,
    isUpgraded: async () => isUpgraded,
    secret: (name) => readOrCreateSecret(join(dataDir, name), generateSecret),
    backUp(file) {
      const secrets = Object.fromEntries(
        secretNames.flatMap((name) => {
          const secret = readSecret(join(dataDir, name));
          return secret === undefined ? [] : [[name, secret]];
        }),
      );
      const next = backingUp.then(() =>
        backUpDatabase(database, file, { takenAt: clock.now(), secrets }, closing.signal),
      );
      backingUp = next.catch(() => undefined);
      return next;
    },
    async restoration(isDeclared) {
      if (!backup && !isDeclared) return undefined;
      return {
        before: Number.POSITIVE_INFINITY,
        done: () => orUnavailable(database.write(() => dropBackupTable(database.db))),
      };
    },
    async close() {
      await queue.close();
      closing.abort();
      await Promise.all([sweeping, checking, backingUp]);
      await pubsub.close();
      database.close();
    },
  };
}

const generateSecret = (): string => randomBytes(32).toString('base64');

function readOrCreateSecret(path: string, create: () => string): string {
  const found = readSecret(path);
  if (found !== undefined) return found;
  const secret = create();
  writeFileSync(path, secret, { mode: 0o600, flag: 'wx', flush: true });
  return secret;
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
