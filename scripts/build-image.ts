import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { listContext } from './docker-context.ts';
import { type Instruction, readCommand, readDockerfile, type Stage } from './dockerfile.ts';

/** The image that the Dockerfile describes, as a folder. */
export interface BuiltImage {
  /** Corresponds to `/` in the image. */
  root: string;
  /** Maps a path in the image to its local path. */
  locate(path: string): string;
  workdir: string;
  env: Record<string, string>;
  command: string[];
  healthCommand: string[];
  labels: Record<string, string>;
  /** The image on which it is based, which is not part of `root`. */
  base: string;
}

/**
 * Executes the Dockerfile's own instructions, each stage in a folder, so that tests run what the Dockerfile says.
 * Stages run in parallel, as in BuildKit. Files are those that `.dockerignore` allows, in git or not.
 *
 * @param folder an empty one, which the caller removes
 * @throws Error for an unsupported instruction, or with the output of a failed command
 */
export async function buildImage(project: string, folder: string, signal: AbortSignal): Promise<BuiltImage> {
  const files = listContext(project);
  const stages = readDockerfile(join(project, 'Dockerfile'));
  const built = new Map<string, Promise<BuiltImage>>();
  for (const stage of stages) {
    built.set(
      stage.name,
      buildStage(stage, { project, files, root: join(folder, stage.name), built, signal }),
    );
  }
  const all = await Promise.all(built.values());
  const last = all.at(-1);
  if (!last) throw new Error('Dockerfile: no stage found');
  return last;
}

interface BuildContext {
  project: string;
  files: string[];
  root: string;
  built: ReadonlyMap<string, Promise<BuiltImage>>;
  signal: AbortSignal;
}

async function buildStage({ instructions, base }: Stage, context: BuildContext): Promise<BuiltImage> {
  const image: BuiltImage = {
    root: context.root,
    locate: (path) => join(context.root, resolve('/', image.workdir, path)),
    workdir: '/',
    env: {},
    command: [],
    healthCommand: [],
    labels: {},
    base,
  };
  for (const instruction of instructions) await follow(instruction, image, context);
  return image;
}

async function follow(
  { keyword, text }: Instruction,
  image: BuiltImage,
  context: BuildContext,
): Promise<void> {
  if (keyword === 'WORKDIR') {
    image.workdir = text;
    mkdirSync(image.locate('.'), { recursive: true });
  } else if (keyword === 'COPY') {
    await copy(text, image, context);
  } else if (keyword === 'RUN') {
    await run(text, image, context);
  } else if (keyword === 'ENV') {
    for (const [, name = '', value = ''] of text.matchAll(/(\w+)=(\S+)/g)) image.env[name] = value;
  } else if (keyword === 'CMD') {
    image.command = readCommand(text);
  } else if (keyword === 'HEALTHCHECK') {
    image.healthCommand = readCommand(text);
  } else if (keyword === 'LABEL') {
    for (const [, name = '', value = ''] of text.matchAll(/([\w.]+)="([^"]*)"/g)) image.labels[name] = value;
  } else if (!['ARG', 'USER', 'VOLUME', 'EXPOSE'].includes(keyword)) {
    throw new Error(`Dockerfile: ${keyword} is not supported by scripts/build-image.ts`);
  }
}

async function copy(text: string, image: BuiltImage, { project, files, built }: BuildContext): Promise<void> {
  const words = text.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  const target = words.pop() ?? '';
  const source = from === undefined ? undefined : await built.get(from);
  if (from !== undefined && !source)
    throw new Error(`Dockerfile: COPY --from=${from} does not name an earlier stage`);
  for (const word of words) {
    const destination = image.locate(target.endsWith('/') ? join(target, basename(word)) : target);
    if (source) {
      cpSync(source.locate(word), destination, { recursive: true, verbatimSymlinks: true });
      continue;
    }
    const folder = word === '.' ? '' : `${word}/`;
    const wanted = files.filter((file) => file === word || file.startsWith(folder));
    if (wanted.length === 0)
      throw new Error(`Dockerfile: COPY ${word}: missing, or excluded by .dockerignore`);
    for (const file of wanted) {
      cpSync(join(project, file), file === word ? destination : join(destination, file.slice(folder.length)));
    }
  }
}

async function run(text: string, image: BuiltImage, { signal }: BuildContext): Promise<void> {
  const madeFolder = /^install -d -o node -g node (\/\S+)$/.exec(text)?.[1];
  if (madeFolder !== undefined) {
    mkdirSync(image.locate(madeFolder), { recursive: true });
    return;
  }
  // Any other command could write outside the stage's folder.
  if (!/^npm [\w =:./-]+(?: > \w+\.json)?$/.test(text))
    throw new Error(`Dockerfile: RUN ${text} is not supported by scripts/build-image.ts`);
  const npm = spawn('sh', ['-c', `exec ${text}`], {
    cwd: image.locate('.'),
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    // Otherwise npm takes a while to stop, and keeps writing into a folder that is about to be removed.
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const [code] = (await once(npm, 'close')) as [number | null];
  if (code !== 0) throw new Error(`RUN ${text} ended with ${code}:\n${output.trim()}`);
}

/** Variables that `npm run` sets for its own scripts, such as the project path, and that would change the build. */
const isOfThisRun =
  /^(npm_(package|lifecycle|command|execpath|node_execpath|config_(local_)?prefix)|INIT_CWD$|NODE_(ENV|OPTIONS|PATH)$)/i;

/** This Node.js, which is also the image's, without the variables of the npm that may have started this process. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !isOfThisRun.test(name));
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`;
  return {
    ...Object.fromEntries(own),
    PATH,
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  };
}
