import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { getDistDirectory, renderAltair } from 'altair-static';
import { projectRoot } from '../project-files.js';
import type { HttpServer } from './http-server.js';

const idePath = '/graphql/ide/';

/**
 * The GraphQL IDE for browsers (Altair), with nothing loaded from elsewhere. A browser that opens `/graphql` is sent to
 * it; programs, which do not ask for HTML, are not.
 */
export async function mountGraphqlIde(server: HttpServer): Promise<void> {
  const window = (name: string, variables: object) => ({
    initialName: name,
    initialQuery: readFileSync(join(projectRoot, 'schema/operations', `${name}.graphql`), 'utf8'),
    initialVariables: JSON.stringify(variables, null, 2),
  });
  const render = (origin: string): string => {
    const sample = (name: string): string => `${origin}/samples/${name}.jpg`;
    const input = { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') };
    const id = { id: 'paste the id of a swap' };
    return renderAltair({
      baseURL: idePath,
      endpointURL: '/graphql',
      subscriptionsEndpoint: '/graphql',
      initialSubscriptionRequestHandlerId: 'graphql-ws',
      initialWindows: [
        window('SingleFaceSwap', { input, wait: 0 }),
        window('SwapUpdated', id),
        window('SwapResult', id),
        window('CancelSwap', id),
        window('GatewayStatus', {}),
      ],
    });
  };
  await server.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: idePath,
    index: false,
    decorateReply: false,
  });
  server.get(idePath, (request, reply) =>
    reply.type('text/html; charset=utf-8').send(render(`${request.protocol}://${request.host}`)),
  );
  server.addHook('onRequest', async (request, reply) => {
    const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html');
    if (wantsPage && (request.url === '/graphql' || request.url === '/graphql/ide'))
      return reply.redirect(idePath);
  });
}
