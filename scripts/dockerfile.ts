import { readFileSync } from 'node:fs';

/** One instruction, such as `RUN` with `npm ci`. Continued lines are joined. */
export interface Instruction {
  keyword: string;
  text: string;
}

/** The instructions from one `FROM` to the next. */
export interface Stage {
  name: string;
  /** The image after FROM. */
  base: string;
  instructions: Instruction[];
}

/** Parses the subset of the language that our Dockerfile uses. @throws Error for an instruction before the first FROM */
export function readDockerfile(path: string): Stage[] {
  const text = readFileSync(path, 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ');
  const stages: Stage[] = [];
  for (const line of text.split('\n').filter((candidate) => candidate.trim() !== '')) {
    const [, keyword = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (keyword === 'FROM') {
      const name = / AS (\w+)$/i.exec(rest)?.[1] ?? 'final';
      stages.push({ name, base: rest.replace(/ AS \w+$/i, ''), instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (!stage) throw new Error(`Dockerfile: ${line} precedes the first FROM`);
      stage.instructions.push({ keyword, text: rest });
    }
  }
  return stages;
}

/** The arguments of `CMD [...]`, also within a HEALTHCHECK. @throws Error for the shell form */
export function readCommand(text: string): string[] {
  const list: unknown = JSON.parse(/\[.*\]$/.exec(text)?.[0] ?? 'null');
  if (!Array.isArray(list)) throw new Error(`Dockerfile: ${text} is not a list of arguments`);
  return list.map(String);
}
