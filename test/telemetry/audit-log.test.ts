import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open as openForAppending } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.js';
import type { AuditEntry } from '../../src/swap/audit-log.js';
import { createAuditLog } from '../../src/telemetry/audit/audit-log.js';
import { type AuditSink, noAuditSink } from '../../src/telemetry/audit/audit-sink.js';
import { openFileSink } from '../../src/telemetry/audit/file-sink.js';
import { createLogSink } from '../../src/telemetry/audit/log-sink.js';
import { type CapturedLog, captureLog } from '../../testing/capture-log.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

type Line = Record<string, unknown>;

const caller = { client: 'ada', requestId: 'request-1', address: '192.0.2.1' };
const requested = (swap: string): AuditEntry => ({
  event: 'swap.requested',
  swap,
  isRepeated: false,
  ...caller,
});
const refused = (address: string): AuditEntry => ({
  event: 'login.refused',
  service: 'api',
  reason: 'UNAUTHENTICATED',
  requestId: 'request-1',
  address,
});

const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
const readLines = (path: string): Line[] => linesOf(readFileSync(path, 'utf8'));

interface Opened {
  sink: AuditSink;
  /** What was written; undefined: nothing ever is. */
  lines?: () => Line[];
  log: CapturedLog;
}

const sinks: Record<string, () => Promise<Opened>> = {
  async stdout() {
    const log = captureLog('silent');
    return { sink: createLogSink(log.log), log, lines: log.lines };
  },
  async 'a file'() {
    const path = join(temporaryFolder(), 'audit.log');
    const log = captureLog();
    return {
      sink: await openFileSink({ path, clock: systemClock, log: log.log }),
      log,
      lines: () => readLines(path),
    };
  },
  async off() {
    return { sink: noAuditSink, log: captureLog() };
  },
};

describe.each(Object.entries(sinks))('an audit log on %s', (_name, open) => {
  async function start(withAddresses = true) {
    const opened = await open();
    const log = opened.log.log;
    const auditLog = createAuditLog({ sink: opened.sink, clock: createManualClock(), log, withAddresses });
    return { ...auditLog, lines: opened.lines };
  }

  test('has one line for each entry, with the time, in their order', async () => {
    const { audit, close, lines, lost } = await start();
    audit(requested('1'));
    audit({ event: 'upload.stored', bytes: 7, ...caller });
    audit({ event: 'swap.canceled', swap: '1', ...caller });
    await close();
    expect(lost()).toBe(0);
    if (!lines) return;
    expect(lines()).toMatchObject([
      { time: expect.stringMatching(/^20\d\d-.*Z$/), event: 'swap.requested', swap: '1', ...caller },
      { event: 'upload.stored', bytes: 7, ...caller },
      { event: 'swap.canceled', swap: '1', ...caller },
    ]);
  });

  test('leaves out addresses if they are not wanted', async () => {
    const { audit, close, lines } = await start(false);
    audit(requested('1'));
    audit(refused('192.0.2.1'));
    await close();
    if (!lines) return;
    expect(lines().map(({ event }) => event)).toEqual(['swap.requested', 'login.refused']);
    expect(JSON.stringify(lines())).not.toMatch(/address|192/);
  });

  test('names a client exactly, whatever it looks like', async () => {
    const { audit, close, lines } = await start();
    const client = `jwt:${encodeURIComponent('https://id.example.com/users/"7"\n')}`;
    audit({ event: 'swap.canceled', swap: '1', ...caller, client });
    await close();
    if (lines) expect(lines()).toMatchObject([{ client }]);
  });

  test('never throws, not even for an entry that cannot be written, and counts it', async () => {
    const { audit, close, lost } = await start();
    const entry = requested('1');
    Object.defineProperty(entry, 'swap', {
      enumerable: true,
      get() {
        throw new Error('broken');
      },
    });
    audit(entry);
    await close();
    expect(lost()).toBe(1);
    audit(requested('2'));
  });

  test('can be reopened at any time', async () => {
    const { audit, reopen, close } = await start();
    reopen();
    audit(requested('1'));
    reopen();
    await close();
  });
});

describe('refused logins', () => {
  function start() {
    const clock = createManualClock();
    const log = captureLog();
    const auditLog = createAuditLog({
      sink: createLogSink(log.log),
      clock,
      log: log.log,
      withAddresses: true,
    });
    return { ...auditLog, clock, lines: log.lines };
  }

  test('of an address have an entry at once, and one at the end of the minute with the number of the others', async () => {
    const { audit, clock, lines, close } = start();
    for (let attempt = 0; attempt < 1000; attempt++) audit(refused('192.0.2.1'));
    audit(refused('192.0.2.2'));
    expect(lines()).toMatchObject([{ address: '192.0.2.1' }, { address: '192.0.2.2' }]);
    await clock.advance(60_000);
    expect(lines().slice(2)).toMatchObject([{ address: '192.0.2.1', suppressed: 999 }]);
    await clock.advance(60_000);
    expect(lines()).toHaveLength(3);
    audit(refused('192.0.2.1'));
    expect(lines()).toHaveLength(4);
    await close();
    expect(lines()).toHaveLength(4);
  });

  test('are counted up to the shutdown', async () => {
    const { audit, lines, close } = start();
    for (let attempt = 0; attempt < 3; attempt++) audit(refused('192.0.2.1'));
    await close();
    expect(lines()[1]).toMatchObject({ address: '192.0.2.1', suppressed: 2 });
  });

  test('from a hundred thousand addresses take a bounded number of lines, and each is counted', async () => {
    const { audit, clock, lines, close } = start();
    const total = 100_000;
    for (let n = 0; n < total; n++) audit(refused(`198.51.${n >> 8}.${n & 255}`));
    await clock.advance(60_000);
    expect(lines().length).toBeLessThanOrEqual(1001);
    expect(lines().at(-1)).toMatchObject({ event: 'login.refused', suppressed: total - 1000 });
    expect(lines().at(-1)).not.toHaveProperty('address');
    await close();
  });

  test('do not hide other entries, nor those of another service', async () => {
    const { audit, lines, close } = start();
    audit(refused('192.0.2.1'));
    audit({ ...refused('192.0.2.1'), service: 'admin' } as AuditEntry);
    for (let n = 0; n < 3; n++) audit(requested(String(n)));
    expect(lines()).toHaveLength(5);
    await close();
  });
});

describe('the file', () => {
  const folder = () => temporaryFolder();
  async function open(path: string, maxWaiting?: number) {
    const log = captureLog();
    const clock = createManualClock();
    const sink = await openFileSink({ path, clock, log: log.log, ...(maxWaiting && { maxWaiting }) });
    onTestFinished(() => sink.close());
    return { sink, clock, log };
  }
  const fields = (n: number) => ({ event: 'swap.canceled', swap: String(n), fill: 'x'.repeat(100) });
  const swaps = (path: string) => readLines(path).map(({ swap }) => swap);

  test('is readable by its owner only, also one that exists already', async () => {
    const path = join(folder(), 'audit.log');
    await (await open(path)).sink.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    await (await open(path)).sink.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is appended to', async () => {
    const path = join(folder(), 'audit.log');
    for (const n of [1, 2]) {
      const { sink } = await open(path);
      sink.write(fields(n));
      await sink.close();
    }
    expect(swaps(path)).toEqual(['1', '2']);
  });

  test.each([
    ['a folder', (path: string) => mkdirSync(path), 'it is not a file'],
    ['in a folder that does not exist', () => undefined, 'ENOENT'],
  ])('the start fails with a message if the path is %s', async (what, prepare, reason) => {
    const path = join(folder(), what.startsWith('in') ? 'missing/audit.log' : 'audit.log');
    prepare(path);
    await expect(open(path)).rejects.toThrow(`AUDIT_LOG: cannot open ${path}: ${reason}`);
  });

  test('a rotation takes effect between two lines, and loses none', async () => {
    const path = join(folder(), 'audit.log');
    const { sink } = await open(path);
    for (let n = 0; n < 500; n++) {
      if (n % 100 === 50) {
        renameSync(path, `${path}.${n}`);
        sink.reopen();
        await expect.poll(() => statSync(path, { throwIfNoEntry: false })).toBeDefined();
      }
      sink.write(fields(n));
    }
    await sink.close();
    const all = ['.50', '.150', '.250', '.350', '.450', ''].flatMap((suffix) => swaps(path + suffix));
    expect(all).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
    expect(sink.lost()).toBe(0);
  });

  test('a full disk delays nobody; lines wait, then are lost and counted', async () => {
    const { sink, clock, log } = await open('/dev/full', 10_000);
    const startedAt = performance.now();
    for (let n = 0; n < 1000; n++) sink.write(fields(n));
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(sink.lost()).toBeGreaterThan(900);
    await expect.poll(() => log.text()).toContain('cannot write the audit log');
    expect(log.lines().filter(({ level }) => level === 'error')).toHaveLength(1);
    const lost = sink.lost();
    const closed = sink.close();
    await clock.advance(1000);
    await closed;
    expect(sink.lost()).toBe(1000);
    expect(lost).toBeLessThan(1000);
  });

  test('once writing succeeds again, nothing that waited is missing, and a line says how many were lost', async () => {
    const path = join(folder(), 'audit.log');
    let isFull = true;
    const clock = createManualClock();
    const log = captureLog();
    const sink = await openFileSink({
      path,
      clock,
      log: log.log,
      maxWaiting: 3000,
      async openFile() {
        const file = await openForAppending(path, 'a');
        return {
          async write(bytes, from) {
            if (isFull) throw Object.assign(new Error('disk is full'), { code: 'ENOSPC' });
            return file.write(bytes, from);
          },
          close: () => file.close(),
        };
      },
    });
    for (let n = 0; n < 50; n++) sink.write(fields(n));
    await expect.poll(() => log.text()).toContain('cannot write the audit log');
    const lost = sink.lost();
    expect(lost).toBeGreaterThan(10);
    await clock.advance(5000);
    isFull = false;
    await clock.advance(1000);
    await expect.poll(() => log.text()).toContain('the audit log can be written again');
    await sink.close();
    const lines = readLines(path);
    expect(lines.at(-1)).toMatchObject({ event: 'audit.lost', lines: lost });
    expect(lines.slice(0, -1).map(({ swap }) => swap)).toEqual(
      Array.from({ length: 50 - lost }, (_, n) => String(n)),
    );
    expect(log.lines()).toHaveLength(2);
  });

  test('that cannot be opened again after a rotation is used as it was', async () => {
    const path = join(folder(), 'audit.log');
    const { sink, log } = await open(path);
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    sink.reopen();
    await expect.poll(() => log.text()).toContain('cannot open the audit log again');
    sink.write(fields(1));
    await sink.close();
    expect(swaps(`${path}.1`)).toEqual(['1']);
  });

  test.each([
    ['ENOSPC', 'is continued where it stopped'],
    ['EIO', 'is written again, in the file opened again'],
  ])('a line that a write cut off with %s %s', async (code) => {
    const path = join(folder(), 'audit.log');
    let failures = 0;
    let opened = 0;
    const clock = createManualClock();
    const log = captureLog();
    const sink = await openFileSink({
      path,
      clock,
      log: log.log,
      async openFile() {
        opened += 1;
        const file = await openForAppending(path, 'a');
        return {
          async write(bytes, from) {
            // The first line is cut off, then the disk fails once.
            if (failures === 0 && from === 0) return file.write(bytes, 0, 20);
            failures += 1;
            if (failures === 1) throw Object.assign(new Error(code), { code });
            return file.write(bytes, from);
          },
          close: () => file.close(),
        };
      },
    });
    onTestFinished(() => sink.close());
    for (let n = 0; n < 3; n++) sink.write(fields(n));
    await expect.poll(() => log.text()).toContain('cannot write');
    await clock.advance(1000);
    await expect.poll(() => log.text()).toContain('can be written again');
    await sink.close();
    const whole = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'));
    expect(whole.map((line) => (JSON.parse(line) as Line)['swap'])).toEqual(['0', '1', '2']);
    expect([opened, sink.lost()]).toEqual([code === 'EIO' ? 2 : 1, 0]);
  });

  test('that was deleted is created again on a reload', async () => {
    const path = join(folder(), 'audit.log');
    const { sink } = await open(path);
    rmSync(path);
    sink.reopen();
    await expect.poll(() => statSync(path, { throwIfNoEntry: false })).toBeDefined();
    sink.write(fields(1));
    await sink.close();
    expect(swaps(path)).toEqual(['1']);
  });

  test('that is a pipe is refused rather than waited for', async () => {
    const { execFileSync } = await import('node:child_process');
    const path = join(folder(), 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(open(path)).rejects.toThrow('it is not a file');
    rmSync(path);
    writeFileSync(path, '');
  });
});
