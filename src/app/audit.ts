import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import type { Clock } from '../lib/clock.js';
import { createAuditLog, type OpenAuditLog } from '../telemetry/audit/audit-log.js';
import { type AuditSink, noAuditSink } from '../telemetry/audit/audit-sink.js';
import { openFileSink } from '../telemetry/audit/file-sink.js';
import { createLogSink } from '../telemetry/audit/log-sink.js';
import type { Reloads } from './reloads.js';

/** @throws Error with a message for the operator if the file cannot be opened */
export async function openAuditLog(
  config: Config,
  clock: Clock,
  log: Logger,
  reloads: Reloads,
): Promise<OpenAuditLog> {
  const sink = await openSink(config.auditLog, clock, log);
  const isFile = sink !== noAuditSink && config.auditLog !== 'stdout';
  if (isFile)
    reloads.add('audit log', async () => {
      await sink.reopen();
      log.info({}, 'opened the file of the audit log again');
    });
  return createAuditLog({ sink, clock, log, withAddresses: config.auditAddresses });
}

async function openSink(target: string, clock: Clock, log: Logger): Promise<AuditSink> {
  if (target === 'off') return noAuditSink;
  if (target === 'stdout') return createLogSink(log);
  return openFileSink({ path: target, clock, log });
}
