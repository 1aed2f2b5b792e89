import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Events of one process, in order; each is recorded when the call has returned, except `POST`, when it starts. */
export type DiskEvent = 'mark written' | 'acceptance written' | 'synced' | 'POST' | 'answer';

/** Whether this system permits tracing a process. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-D', '-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;
}

/** Command prefix that writes the gateway's system calls to a file. @param syncDelayMs delay added to each sync */
export function traceCommand(path: string, syncDelayMs = 0): string[] {
  return [
    ...['strace', '-D', '-f', '-qq', '-y', '-s', '8192', '-o', path],
    ...['-e', 'trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg'],
    ...(syncDelayMs > 0 ? ['-e', `inject=fsync,fdatasync:delay_exit=${syncDelayMs * 1000}`] : []),
  ];
}

/** Extracts writes to the database's log, calls to ModelsLab and mutation responses from a trace. */
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
