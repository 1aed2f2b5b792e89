import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { projectRoot } from '../../lib/project-files.js';
import type { HttpServer } from '../http/http-server.js';
import { createStudioPage, type PageFacts } from './studio-page.js';

const year = 31_536_000;

/**
 * Serves the built Studio at `/`, at `/swaps/{id}` (the page of one swap) and `/assets/*`. File names under `assets` contain a content hash, so browsers may cache them
 * indefinitely; the page itself is revalidated every time.
 *
 * @param pages scope whose routes get page headers; @param readFacts what the pages tell the Studio, called once the gateway listens
 * @returns false if the Studio was not built; nothing is mounted then
 */
export async function mountStudio(
  pages: HttpServer,
  readFacts: () => PageFacts,
  root = join(projectRoot, 'dist/web'),
): Promise<boolean> {
  if (!existsSync(join(root, 'index.html'))) return false;
  await pages.register(fastifyStatic, {
    root,
    // One route per file, so that all other paths reach the not-found handler.
    wildcard: false,
    globIgnore: ['**/*.br', '**/*.gz', '**/*.html'],
    preCompressed: true,
    decorateReply: false,
    cacheControl: false,
    setHeaders(reply, path) {
      const isHashed = path.startsWith(join(root, 'assets'));
      reply.header('cache-control', isHashed ? `public, max-age=${year}, immutable` : 'no-cache');
    },
  });
  pages.get('/', createStudioPage(root, 'start', readFacts));
  pages.get('/swaps/:id', createStudioPage(root, 'swap', readFacts));
  return true;
}
