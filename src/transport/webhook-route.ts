import type { FastifyRequest } from 'fastify';
import secureJson from 'secure-json-parse';
import { parseCutJson } from '../lib/json-nesting.js';
import type { UpstreamReport } from '../swap/ports.js';
import type { SwapCompleter } from '../swap/swap-completion.js';
import type { WebhookTokens } from '../swap/webhook-tokens.js';
import type { AddressReader } from './client-address.js';
import type { HttpServer } from './http-server.js';
import { badRequest } from './json-body.js';
import type { LoadShedder } from './load-gauge.js';
import type { RateLimiter } from './rate-limiter.js';
import { refuseForNow } from './refusal.js';

export interface WebhookRouteOptions {
  tokens: WebhookTokens;
  complete: SwapCompleter;
  /** Reads a body of ModelsLab's, whatever it is. */
  readReport(body: unknown): UpstreamReport;
}

export interface WebhookRouteLimits {
  shedLoad: LoadShedder;
  readAddress: AddressReader;
  /** Wrong tokens by address. Right ones are never refused by it, ModelsLab may share an address with others. */
  failures: RateLimiter;
  /** Is told of each webhook that was turned away: wrong token, unreadable body, or too much to do. */
  onRefused(): void;
}

export const webhookPath = '/webhooks/modelslab/';

/**
 * `POST /webhooks/modelslab/{token}`. 200 only after the outcome is stored; 404, always the same, for a token that is
 * wrong or whose swap is forgotten, 429 after too many of those; 503 when it could not be stored or confirmed, so that a
 * sender that repeats will.
 */
export async function mountWebhookRoute(
  server: HttpServer,
  options: WebhookRouteOptions,
  limits: WebhookRouteLimits,
): Promise<void> {
  await server.register(async (scope) => {
    scope.removeContentTypeParser('application/json');
    // The outcome of a paid swap must not be lost to a message that is nested too deeply.
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      async (_request: FastifyRequest, text: string) => {
        try {
          const body = parseCutJson(text);
          if (typeof body === 'object' && body !== null) secureJson.scan(body);
          return body;
        } catch {
          throw badRequest('The body is not valid JSON, or would change a prototype.');
        }
      },
    );
    addRoute(scope, options, limits);
  });
}

function addRoute(
  server: HttpServer,
  { tokens, complete, readReport }: WebhookRouteOptions,
  { shedLoad, readAddress, failures, onRefused }: WebhookRouteLimits,
): void {
  server.post<{ Params: { '*': string } }>(
    `${webhookPath}*`,
    {
      // Before the body is read, which nobody without a token gets to send.
      async onRequest(request, reply) {
        shedLoad('webhook');
        if (tokens.verify(request.params['*']) !== undefined) return;
        const waitMs = failures.take(readAddress(request.raw));
        if (waitMs > 0) throw refuseForNow('Too many webhooks with a wrong token.', waitMs);
        onRefused();
        reply.callNotFound();
        return reply;
      },
      errorHandler(error) {
        onRefused();
        throw error;
      },
    },
    async (request, reply) => {
      const swapId = tokens.verify(request.params['*']);
      if (swapId === undefined) return reply.callNotFound();
      const completion = await complete(swapId, readReport(request.body)).catch((error: unknown) => {
        request.log.error({ err: error, swap: swapId, requestId: request.id }, 'webhook could not be stored');
        return 'unconfirmed' as const;
      });
      request.log.info({ swap: swapId, completion, requestId: request.id }, 'webhook');
      if (completion === 'unknown') return reply.callNotFound();
      return reply
        .status(completion === 'unconfirmed' ? 503 : 200)
        .send({ received: completion !== 'unconfirmed' });
    },
  );
}
