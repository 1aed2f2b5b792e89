import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one process did, in this order; each is noted when the call has returned, but for `POST`, when it begins. */
export type DiskEvent = 'mark written' | 'acceptance written' | 'synced' | 'POST' | 'answer';

/** Whether this system lets a process be traced. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-D', '-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;
}

/** A command before the gateway's that writes its system calls to a file. @param syncDelayMs by which each sync is delayed */
export function traceCommand(path: string, syncDelayMs = 0): string[] {
  return [
    ...['strace', '-D', '-f', '-qq', '-y', '-s', '8192', '-o', path],
    ...['-e', 'trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg'],
    ...(syncDelayMs > 0 ? ['-e', `inject=fsync,fdatasync:delay_exit=${syncDelayMs * 1000}`] : []),
  ];
}

/** What a trace has of the log of the database, of calls to ModelsLab, and of answers to mutations. */
export function readTrace(path: string): DiskEvent[] {
  const syncing = new Set<string>();
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line): DiskEvent[] => {
      const [thread = ''] = line.split(' ', 1);
      if (/ f(?:data)?sync\(/.test(line)) {
        if (!line.includes('gateway.sqlite-wal>')) return [];
        if (!line.includes('<unfinished'))
          return line.endsWith('= 0 (DELAYED)') || / = 0$/.test(line) ? ['synced'] : [];
        syncing.add(thread);
        return [];
      }
      if (/<\.\.\. f(?:data)?sync resumed>/.test(line)) return syncing.delete(thread) ? ['synced'] : [];
      if (line.includes(' pwrite64(') && line.includes('gateway.sqlite-wal>')) {
        if (line.includes('submittingSince')) return ['mark written'];
        if (line.includes('QUEUED')) return ['acceptance written'];
        return [];
      }
      if (line.includes('POST /') && line.includes('single_face_swap')) return ['POST'];
      return line.includes('HTTP/1.1 200') && line.includes('singleFaceSwap') ? ['answer'] : [];
    });
}
