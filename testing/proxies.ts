import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startProgram } from '../scripts/topology/program.js';
import { freePort } from './free-port.js';
import { temporaryFolder } from './temporary-folder.js';

const command = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';

export interface Proxy {
  url: string;
  /** Statuses of the upgrades that were requested so far. */
  upgrades(): number[];
  /** Media types of all other responses so far. */
  types(): string[];
}

/** What the proxies of companies and hosts do, as directives of nginx. */
export const proxyHabits = {
  refusesUpgrades: 'if ($http_upgrade) { return 403; }',
  /** As nginx does unless it is configured for WebSockets. */
  dropsUpgrades: '',
  refusesUpgradesAndBuffers:
    'if ($http_upgrade) { return 403; } proxy_http_version 1.0; proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; postpone_output 64k;',
  refusesUpgradesAndCompresses:
    'if ($http_upgrade) { return 403; } gzip on; gzip_min_length 0; gzip_types text/event-stream;',
};

/** nginx with one of these habits in front of a gateway. */
export async function startProxy(target: string, habit: string): Promise<Proxy> {
  const folder = temporaryFolder();
  const port = await freePort();
  const log = join(folder, 'access.log');
  mkdirSync(join(folder, 'temp'));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path temp;`);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; pid nginx.pid; daemon off; error_log stderr;
events { worker_connections 256; }
http {
  ${paths.join(' ')}
  log_format seen '$status "$http_upgrade" "$sent_http_content_type"';
  access_log access.log seen;
  server {
    listen 127.0.0.1:${port};
    location = /up { access_log off; return 204; }
    location / { proxy_pass ${target}; proxy_set_header Host $http_host; ${habit.includes('proxy_http_version') ? '' : 'proxy_http_version 1.1;'} ${habit} }
  }
}`,
  );
  const url = `http://127.0.0.1:${port}`;
  const nginx = await startProgram(
    command,
    ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
    {
      logFile: join(folder, 'nginx.log'),
      isUp: () =>
        fetch(`${url}/up`).then(
          ({ status }) => status === 204,
          () => false,
        ),
    },
  );
  onTestFinished(() => nginx.stop());
  const entries = () =>
    [...readFileSync(log, 'utf8').matchAll(/^(\d+) "(.*)" "(.*)"$/gm)].map(([, status, upgrade, type]) => ({
      status: Number(status),
      isUpgrade: upgrade === 'websocket',
      type: String(type),
    }));
  return {
    url,
    upgrades: () => entries().flatMap(({ status, isUpgrade }) => (isUpgrade ? [status] : [])),
    types: () => entries().flatMap(({ isUpgrade, type }) => (isUpgrade ? [] : [type])),
  };
}
