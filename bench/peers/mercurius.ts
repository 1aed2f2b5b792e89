/** Mercurius in its default configuration; with the argument `jit`, every operation is compiled on first use. */
import { fastify } from 'fastify';
import { mercurius } from 'mercurius';
import { announce } from '../process/listen.ts';
import { createResolvers, readRecords, typeDefs } from './records.ts';

const server = fastify();
await server.register(mercurius, {
  schema: typeDefs,
  resolvers: createResolvers(readRecords()),
  ...(process.argv.includes('jit') && { jit: 1 }),
});
await server.listen({ host: '127.0.0.1', port: 0 });
announce(server.server);
