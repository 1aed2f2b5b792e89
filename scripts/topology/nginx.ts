import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, startProgram } from './program.ts';

/** Debian's nginx is not on every user's PATH. */
const command = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';
const templatePath = join(import.meta.dirname, '../../deploy/nginx/nginx.conf.template');

/** One line of the balancer's log. */
export interface BalancerEntry {
  method: string;
  path: string;
  status: number;
  /** Host and port of the gateway that responded; undefined if none was contacted. */
  upstream: string | undefined;
  /** The status of each gateway that was tried; more than one if the request was passed on. */
  tried: string[];
}

export interface Balancer {
  url: string;
  /** The log of responses so far; WebSockets appear once they have closed. */
  entries(): BalancerEntry[];
  /** All of its output. */
  output(): string;
  stop: Program['stop'];
}

/** Renders the template as compose.yaml's nginx does. @throws Error for a missing variable */
export function renderNginxConfig(values: Record<string, string>): string {
  return readFileSync(templatePath, 'utf8').replaceAll(/\$\{(BALANCER_\w+)\}/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${name} is missing`);
    return value;
  });
}

export interface BalancerOptions {
  folder: string;
  port: number;
  gateways: { host: string }[];
}

/**
 * Writes the configuration and has nginx check it.
 *
 * @returns arguments that start nginx with it
 * @throws Error with nginx's complaint
 */
export function prepareNginx({ folder, port, gateways }: BalancerOptions): string[] {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    renderNginxConfig({
      BALANCER_LISTEN: `127.0.0.1:${port}`,
      BALANCER_FILES: folder,
      BALANCER_GATEWAYS: gateways.map(({ host }) => `server ${host} fail_timeout=1s;`).join('\n    '),
    }),
  );
  const args = ['-p', folder, '-c', config, '-e', 'stderr'];
  // A file instead of a pipe: Node.js' pipes are sockets, and nginx opens /dev/stdout by name.
  const log = openSync(join(folder, 'check.log'), 'w');
  const { status, error } = spawnSync(command, ['-t', '-q', ...args], { stdio: ['ignore', log, log] });
  closeSync(log);
  if (error) throw new Error(`nginx cannot be started: run scripts/ensure-nginx (${error.message})`);
  if (status !== 0) throw new Error(readFileSync(join(folder, 'check.log'), 'utf8'));
  return [...args, '-g', 'daemon off;'];
}

/** nginx with the configuration in `deploy/nginx`, in front of these gateways. */
export async function startNginx(options: BalancerOptions): Promise<Balancer> {
  const url = `http://127.0.0.1:${options.port}`;
  const program = await startProgram(command, prepareNginx(options), {
    logFile: join(options.folder, 'nginx.log'),
    isUp: () =>
      fetch(`${url}/balancer`).then(
        ({ status }) => status === 204,
        () => false,
      ),
  });
  return {
    url,
    output: program.output,
    stop: program.stop,
    entries: () => program.output().split('\n').flatMap(readEntry),
  };
}

const entryForm = /^\S+ (\S+) (\S+) (\d{3}) upstream=(.+) tried=(.+) seconds=\S+ id=\w+$/;

function readEntry(line: string): BalancerEntry[] {
  const [, method = '', path = '', status, upstream = '', tried = ''] = entryForm.exec(line) ?? [];
  if (status === undefined) return [];
  const last = upstream.split(', ').at(-1);
  return [
    {
      method,
      path,
      status: Number(status),
      upstream: last === '-' ? undefined : last,
      tried: tried.split(', '),
    },
  ];
}
