import { join } from 'node:path';
import { projectRoot } from '../project-files.js';

/** Path of a compiled module, given within `src/`: the same whether the caller itself was compiled or, as in tests, was not. */
export function compiledModule(path: string): string {
  return join(projectRoot, 'dist/src', path);
}
