/** GraphQL Yoga as in its getting-started guide. */
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { listen } from '../process/listen.ts';
import { createResolvers, readRecords, typeDefs } from './records.ts';

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers: createResolvers(readRecords()) }) });
listen(createServer(yoga));
