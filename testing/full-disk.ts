import { constants } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const fullForMs = 2500;

/**
 * On `signal`, the disk of this process's archive is full for a few seconds: no file can be created below `results`. Call it before
 * the modules that use it are loaded.
 */
export function fullDiskOn(signal: NodeJS.Signals): void {
  let fullUntil = 0;
  process.on(signal, () => {
    fullUntil = performance.now() + fullForMs;
  });
  const { open } = promises;
  promises.open = async (path, flags = 'r', mode) => {
    const creates = typeof flags === 'number' ? (flags & constants.O_CREAT) !== 0 : /[wa]/.test(flags);
    if (creates && performance.now() < fullUntil && /[\\/]results[\\/]/.test(String(path)))
      throw Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC' });
    return open(path, flags, mode);
  };
  syncBuiltinESMExports();
}
