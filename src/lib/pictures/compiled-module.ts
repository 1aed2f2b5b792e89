import { join } from 'node:path';
import { projectRoot } from '../project-files.js';

/** Path of a compiled module, given relative to the project. Also works from uncompiled callers, such as tests. */
export function compiledModule(path: string): string {
  return join(projectRoot, 'dist', path);
}
