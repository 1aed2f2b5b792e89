/** Prints the public schema, sorted, for `schema/schema.graphql`. */
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from './schema.js';

console.log(printSchema(lexicographicSortSchema(await createSchema())));
