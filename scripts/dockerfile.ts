import { readFileSync } from 'node:fs';

/** One instruction, such as `RUN` with `npm ci`. Continued lines are joined. */
export interface Instruction {
  keyword: string;
  text: string;
}

/** What stands between one `FROM` and the next. */
export interface Stage {
  name: string;
  instructions: Instruction[];
}

/** Reads as much of the language as our Dockerfile uses. @throws Error for an instruction before the first FROM */
export function readDockerfile(path: string): Stage[] {
  const text = readFileSync(path, 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ');
  const stages: Stage[] = [];
  for (const line of text.split('\n').filter((candidate) => candidate.trim() !== '')) {
    const [, keyword = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (keyword === 'FROM') {
      const name = / AS (\w+)$/i.exec(rest)?.[1] ?? 'final';
      stages.push({ name, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (!stage) throw new Error(`Dockerfile: ${line} stands before the first FROM`);
      stage.instructions.push({ keyword, text: rest });
    }
  }
  return stages;
}

/** The arguments of `CMD [...]`, also within a HEALTHCHECK. @throws Error for the form that needs a shell */
export function readCommand(text: string): string[] {
  const list: unknown = JSON.parse(/\[.*\]$/.exec(text)?.[0] ?? 'null');
  if (!Array.isArray(list)) throw new Error(`Dockerfile: ${text} is not a list of arguments`);
  return list.map(String);
}
