import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that are large and never part of a context of ours. */
const skipped = new Set(['.git', 'node_modules']);

/**
 * The files that Docker would send to the builder, relative to the project: all that are on disk, in git or not, without those that
 * `.dockerignore` excludes.
 */
export function listContext(project: string): string[] {
  const isIncluded = contextFilter(readFileSync(join(project, '.dockerignore'), 'utf8'));
  const files: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(project, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !skipped.has(entry.name)) visit(path);
      else if (entry.isFile() && isIncluded(path)) files.push(path);
    }
  };
  visit('');
  return files.sort();
}

/** Decides by the last pattern that matches a path or one of its folders, as Docker does. Without any match, a path is included. */
export function contextFilter(ignoreFile: string): (path: string) => boolean {
  const rules = ignoreFile
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isIncluding: line.startsWith('!'), pattern: toPattern(line.replace(/^!/, '')) }));
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.isIncluding ?? true;
}

/** Unlike a shell's, Docker's wildcards match names that begin with a dot. */
function toPattern(glob: string): RegExp {
  const source = glob
    .replace(/^\/+|\/+$/g, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|\*|\?/g, (wildcard) => {
      if (wildcard === '**/') return '(?:.*/)?';
      if (wildcard === '**') return '.*';
      return wildcard === '*' ? '[^/]*' : '[^/]';
    });
  return new RegExp(`^${source}(?:/.*)?$`);
}
