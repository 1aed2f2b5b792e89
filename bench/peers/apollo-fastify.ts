/** Apollo Server in Fastify with its integration, both in their default configuration. */
import { ApolloServer } from '@apollo/server';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import { fastify } from 'fastify';
import { announce } from '../process/listen.ts';
import { createResolvers, readRecords, typeDefs } from './records.ts';

const server = fastify();
const apollo = new ApolloServer({
  typeDefs,
  resolvers: createResolvers(readRecords()),
  plugins: [fastifyApolloDrainPlugin(server)],
});
await apollo.start();
server.post('/graphql', fastifyApolloHandler(apollo));
await server.listen({ host: '127.0.0.1', port: 0 });
announce(server.server);
