import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { rateLimited } from '../../swap/errors.js';
import type { WebhookHandler, WebhookOutcome } from '../../swap/lifecycle/handle-webhook.js';
import type { WebhookTokens } from '../../swap/lifecycle/webhook-tokens.js';
import type { FaceSwapProvider, UpstreamReport } from '../../swap/ports.js';
import type { AddressReader } from '../access/client-address.js';
import type { LoadShedder } from '../access/load-shedder.js';
import type { HttpServer } from '../http/http-server.js';

export interface WebhookRouteOptions {
  tokens: WebhookTokens;
  complete: WebhookHandler;
  provider: Pick<FaceSwapProvider, 'name' | 'readReport'>;
}

export interface WebhookRouteLimits {
  shedLoad: LoadShedder;
  readAddress: AddressReader;
  /** Counts wrong tokens per address. Valid ones are never limited, since ModelsLab may share an address with others. */
  failures: RateLimiter;
  /** Called for each rejected webhook: wrong token, body too large, or overload. */
  onRefused(): void;
}

/** The path at which a provider's webhook with this token arrives. */
export const webhookPath = (provider: string, token: string): string => `/webhooks/${provider}/${token}`;

/** Body limit with a valid token; without one no body is read. */
const maxWebhookBytes = 1024 * 1024;

type WebhookRequest = FastifyRequest<{ Params: { '*': string } }>;

/**
 * `POST /webhooks/{provider}/{token}`, with a body of any type and up to 1 MiB. 200 only after the outcome is stored; 202 if
 * the body is unreadable, which a retry would not change: the swap is polled instead. 404, always the same, for an unknown
 * provider and for a token that is wrong or whose swap no longer exists, 429 after too many of those; 413 for a larger body; 503
 * if it could not be stored or confirmed, so that the sender retries.
 */
export function mountWebhookRoute(
  server: HttpServer,
  { tokens, complete, provider }: WebhookRouteOptions,
  { shedLoad, readAddress, failures, onRefused }: WebhookRouteLimits,
): void {
  async function completeSwap(
    swapId: string,
    report: UpstreamReport,
    request: WebhookRequest,
  ): Promise<Answer> {
    let isStored = true;
    const completion = await complete(swapId, report).catch((error: unknown): WebhookOutcome => {
      isStored = false;
      request.log.error({ err: error, swap: swapId, requestId: request.id }, 'failed to store a webhook');
      return 'unconfirmed';
    });
    request.log.info({ swap: swapId, completion, requestId: request.id }, 'webhook');
    if (completion === 'unknown') return 'not-found';
    if (report.kind === 'unintelligible' && isStored) return 'noted';
    return completion === 'unconfirmed' ? 'repeat' : 'stored';
  }

  /** The response to a wrong token, before the body is read. */
  function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const waitMs = failures.take(readAddress(request.raw));
    if (waitMs > 0) throw rateLimited('Too many webhooks with a wrong token.', waitMs);
    onRefused();
    reply.callNotFound();
    return reply;
  }

  async function respond(request: WebhookRequest, reply: FastifyReply): Promise<unknown> {
    const swapId = tokens.verify(request.params['*']);
    if (swapId === undefined) return reply.callNotFound();
    const { 'content-encoding': contentEncoding } = request.headers;
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const contentType = declaredTypes.get(request);
    const report = provider.readReport({ bytes, contentType, contentEncoding }, { swapId });
    const answer = await completeSwap(swapId, report, request);
    if (answer === 'not-found') return reply.callNotFound();
    return reply.status(statusOf[answer]).send({ received: answer !== 'repeat' });
  }

  /** Content types as sent, which may not be valid media types. */
  const declaredTypes = new WeakMap<FastifyRequest, string>();

  void server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post<{ Params: { '*': string } }>(
      webhookPath(provider.name, '*'),
      {
        bodyLimit: maxWebhookBytes,
        // Before the body is read: without a valid token, no body is accepted.
        async onRequest(request, reply) {
          shedLoad('webhook');
          if (tokens.verify(request.params['*']) !== undefined) {
            declaredTypes.set(request, request.headers['content-type'] ?? '');
            // The body is parsed as raw bytes, whatever its type.
            request.headers['content-type'] = 'application/octet-stream';
            return;
          }
          return refuse(request, reply);
        },
        async errorHandler(error, request) {
          onRefused();
          const swapId = tokens.verify(request.params['*']);
          // Too large to read, but still a hint to poll the swap.
          if (swapId !== undefined && error.statusCode === 413)
            await completeSwap(swapId, { kind: 'unintelligible' }, request);
          throw error;
        },
      },
      respond,
    );
    // Any other provider's name fails like a wrong token.
    scope.post(
      '/webhooks/*',
      {
        async onRequest(request, reply) {
          shedLoad('webhook');
          return refuse(request, reply);
        },
      },
      (_request, reply) => reply.callNotFound(),
    );
  });
}

/** `noted`: unreadable; only triggers a poll. */
type Answer = 'stored' | 'noted' | 'repeat' | 'not-found';
const statusOf: Record<Exclude<Answer, 'not-found'>, number> = { stored: 200, noted: 202, repeat: 503 };
