import { request } from 'undici';
import type { HttpServer } from './http-server.js';

/**
 * `GET /generations/{name}`: the sandbox's pictures, by way of the gateway, since the sandbox itself listens on this
 * machine's loopback only and on any port.
 */
export function mountSandboxPictures(server: HttpServer, sandboxUrl: string): void {
  server.get<{ Params: { name: string } }>('/generations/:name', async ({ params }, reply) => {
    if (!/^[\w-]{1,64}\.jpg$/.test(params.name)) return reply.callNotFound();
    const picture = await request(`${sandboxUrl}/generations/${params.name}`);
    if (picture.statusCode !== 200) {
      await picture.body.dump();
      return reply.callNotFound();
    }
    const bytes = Buffer.from(await picture.body.arrayBuffer());
    return reply.header('cache-control', 'public, max-age=3600').type('image/jpeg').send(bytes);
  });
}
