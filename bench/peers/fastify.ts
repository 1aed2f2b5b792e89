/** A plain JSON API: a Fastify route with a response schema. */
import { fastify } from 'fastify';
import { announce } from '../process/listen.ts';
import { type ReadRequest, readRecords } from './records.ts';

const records = readRecords();
const server = fastify();

const text = { type: 'string' };
const nullable = (type: string) => ({ type: [type, 'null'] });
const texts = { type: 'array', items: text };
const swap = {
  type: ['object', 'null'],
  properties: {
    id: text,
    status: text,
    initImage: text,
    targetImage: text,
    referenceImage: text,
    watermark: { type: 'boolean' },
    trackId: nullable('integer'),
    modelsLabId: nullable('string'),
    queuePosition: nullable('integer'),
    estimatedCompletionAt: nullable('string'),
    output: texts,
    proxyLinks: texts,
    generationTime: nullable('number'),
    meta: {
      type: ['object', 'null'],
      properties: {
        seed: nullable('integer'),
        temporary: nullable('boolean'),
        filePrefix: nullable('string'),
        modelSaveFormat: nullable('string'),
        watermark: nullable('boolean'),
        watermarkImage: nullable('string'),
      },
    },
    error: {
      type: ['object', 'null'],
      properties: { code: text, message: text, retryable: { type: 'boolean' } },
    },
    createdAt: text,
    updatedAt: text,
    completedAt: nullable('string'),
    expiresAt: nullable('string'),
  },
};
const answer = {
  type: 'object',
  properties: { data: { type: 'object', properties: { swapResult: swap } } },
};

server.post<{ Body: ReadRequest }>(
  '/graphql',
  { schema: { response: { 200: answer } } },
  async ({ body }) => ({
    data: { swapResult: records.get(body.variables.id) ?? null },
  }),
);
await server.listen({ host: '127.0.0.1', port: 0 });
announce(server.server);
