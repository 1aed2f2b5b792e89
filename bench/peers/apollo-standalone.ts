/** Apollo Server as in its getting-started guide. */
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createResolvers, readRecords, typeDefs } from './records.ts';

const server = new ApolloServer({ typeDefs, resolvers: createResolvers(readRecords()) });
const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
console.log(`ready ${new URL(url).origin}`);
