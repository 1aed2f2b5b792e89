import { join } from 'node:path';
import { freePort } from '../../testing/free-port.ts';
import { type Program, startProgram } from './program.ts';

/** Redis on a free port, configured as in compose.yaml. @param folder for its files */
export async function startRedis(folder: string): Promise<Program & { url: string }> {
  const port = await freePort();
  const program = await startProgram(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'],
    ],
    {
      logFile: join(folder, 'redis.log'),
      isUp: (output) => output.includes('Ready to accept connections'),
    },
  );
  return { ...program, url: `redis://127.0.0.1:${port}` };
}
