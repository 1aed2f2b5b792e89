import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { projectRoot } from '../../lib/project-files.js';
import type { HttpServer } from '../http/http-server.js';

const year = 31_536_000;

/**
 * Serves the built Studio at `/`, at `/swaps/{id}` (the page of one swap) and `/assets/*`. File names under `assets` contain a content hash, so browsers may cache them
 * indefinitely; the page itself is revalidated every time.
 *
 * @param pages scope whose routes get page headers
 * @returns false if the Studio was not built; nothing is mounted then
 */
export async function mountStudio(pages: HttpServer, root = join(projectRoot, 'dist/web')): Promise<boolean> {
  if (!existsSync(join(root, 'index.html'))) return false;
  await pages.register(fastifyStatic, {
    root,
    // One route per file, so that all other paths reach the not-found handler.
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
  const page = readFileSync(join(root, 'index.html'));
  pages.get('/swaps/:id', (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page),
  );
  return true;
}
