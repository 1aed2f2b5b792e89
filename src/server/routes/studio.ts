import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { projectRoot } from '../../lib/project-files.js';
import type { HttpServer } from '../http/http-server.js';

const year = 31_536_000;

/**
 * The Studio, from where the build put it: `/` and `/assets/*`. Files under `assets` have a hash of their content in
 * their names, so browsers may keep them for good; the page itself is asked for every time.
 *
 * @param pages where routes get the headers of pages
 * @returns false when it was not built; then nothing is mounted
 */
export async function mountStudio(pages: HttpServer, root = join(projectRoot, 'dist/web')): Promise<boolean> {
  if (!existsSync(join(root, 'index.html'))) return false;
  await pages.register(fastifyStatic, {
    root,
    // One route for each file that is there, so that everything else stays "not found" as before.
    wildcard: false,
    globIgnore: ['**/*.br', '**/*.gz'],
    preCompressed: true,
    decorateReply: false,
    cacheControl: false,
    setHeaders(reply, path) {
      const isHashed = path.startsWith(join(root, 'assets'));
      reply.header('cache-control', isHashed ? `public, max-age=${year}, immutable` : 'no-cache');
    },
  });
  return true;
}
