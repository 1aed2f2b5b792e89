import type { WebhookHandler } from '../swap/lifecycle/handle-webhook.js';
import type { FaceSwapProvider, SwapStore } from '../swap/ports.js';
import type { SwapService } from '../swap/service.js';
import type { EndedSwap } from '../swap/swap.js';
import { aboutSwap, errorCodeOf, type SpanAttributes, type Tracing, traced } from '../swap/tracing.js';
import type { AcceptingRequests } from './accepting-requests.js';

/** Wrappers around ports and services that make the spans of swaps. While tracing is off, each returns what it is given. */
export interface SwapTracing {
  /** `swap.accept`: from the request to the acceptance, without the wait. Its `traceparent` is stored with the swap. */
  service(swaps: SwapService): SwapService;
  /** `swap.queue`: from the acceptance to a submission, or to the end of a swap that was never submitted. */
  store(store: SwapStore): SwapStore;
  /** `modelslab.submit` and `modelslab.fetch`. */
  provider(provider: FaceSwapProvider): FaceSwapProvider;
  /** `webhook.receive`: from a webhook with a valid token until its outcome is stored. */
  webhooks(complete: WebhookHandler): WebhookHandler;
  /** `push`: from the end of a swap until it was sent to a subscriber. */
  pushes(pushed: (swap: EndedSwap) => void): (swap: EndedSwap) => void;
}

export function createSwapTracing(
  tracing: Tracing,
  requests: Pick<AcceptingRequests, 'of'>,
  now: () => number,
): SwapTracing {
  if (!tracing.isOn) {
    const same = <T>(given: T): T => given;
    return { service: same, store: same, provider: same, webhooks: same, pushes: same };
  }
  /** A span about something that is over. */
  const record = (
    name: 'swap.queue' | 'push' | 'webhook.receive',
    parent: string | undefined,
    [startedAt, endedAt]: readonly [number, number],
    attributes: SpanAttributes,
    errorCode?: string,
  ): void => {
    // The clocks of instances differ.
    const span = tracing.start(name, { parent, startedAt: Math.min(startedAt, endedAt) });
    span.set(attributes);
    span.end(errorCode, endedAt);
  };

  return {
    service: (swaps) => ({
      ...swaps,
      async request(client, command, { acceptedBy, onAccepted, ...options } = {}) {
        const span = tracing.start('swap.accept', { parent: acceptedBy?.traceparent });
        span.set({ 'swap.client': client });
        let isAccepted = false;
        try {
          return await swaps.request(client, command, {
            ...options,
            acceptedBy: acceptedBy && { ...acceptedBy, traceparent: span.traceparent },
            onAccepted(swap, isNew) {
              isAccepted = true;
              span.set({ 'swap.id': swap.id, 'swap.is_new': isNew });
              span.end();
              onAccepted?.(swap, isNew);
            },
          });
        } catch (error) {
          if (!isAccepted) span.end(errorCodeOf(error));
          throw error;
        }
      },
    }),

    store: (store) => ({
      ...store,
      async save(swap) {
        await store.save(swap);
        // The mark is saved once per submission.
        if (swap.status !== 'QUEUED' || swap.submittingSince === undefined) return;
        const { parent, attributes } = aboutSwap(swap);
        record('swap.queue', parent, [swap.createdAt, swap.submittingSince], attributes);
      },
      async finish(candidate) {
        const finished = await store.finish(candidate);
        const { swap, first } = finished;
        const { parent, attributes } = aboutSwap(swap);
        if (first && (swap.status === 'CANCELED' || swap.status === 'EXPIRED'))
          record('swap.queue', parent, [swap.createdAt, swap.completedAt], {
            ...attributes,
            'swap.status': swap.status,
          });
        return finished;
      },
    }),

    provider: (provider) => ({
      ...provider,
      submit: (request, webhookUrl, context) =>
        traced(
          tracing,
          'modelslab.submit',
          aboutCall(context),
          async (span) => {
            const outcome = await provider.submit(request, webhookUrl, context);
            span.set({ outcome: outcome.kind, 'modelslab.id': idOf(outcome) });
            return outcome;
          },
          failureOf,
        ),
      fetch: (reference, context) =>
        traced(
          tracing,
          'modelslab.fetch',
          aboutCall(context),
          async (span) => {
            const outcome = await provider.fetch(reference, context);
            span.set({ outcome: outcome.kind, 'modelslab.id': reference.modelsLabId });
            return outcome;
          },
          failureOf,
        ),
    }),

    webhooks: (complete) => async (id, report) => {
      const startedAt = now();
      let errorCode: string | undefined;
      let outcome: string | undefined;
      try {
        const completion = await complete(id, report);
        outcome = completion;
        return completion;
      } catch (error) {
        errorCode = errorCodeOf(error);
        throw error;
      } finally {
        // The handler has read the swap, so its request is known now.
        const parent = requests.of(id)?.traceparent;
        const attributes = { 'swap.id': id, 'webhook.reports': report.kind, outcome };
        record('webhook.receive', parent, [startedAt, now()], attributes, errorCode);
      }
    },

    pushes: (pushed) => (swap) => {
      pushed(swap);
      const { parent, attributes } = aboutSwap(swap);
      record('push', parent, [swap.completedAt, now()], { ...attributes, 'swap.status': swap.status });
    },
  };
}

const aboutCall = ({ swapId, traceparent }: { swapId?: string; traceparent?: string | undefined } = {}) => ({
  parent: traceparent,
  attributes: { 'swap.id': swapId },
});

const idOf = (outcome: object): string | undefined =>
  'modelsLabId' in outcome && typeof outcome.modelsLabId === 'string' ? outcome.modelsLabId : undefined;

const failureOf = (outcome: { kind: string; error?: { code: string } }): string | undefined =>
  outcome.kind === 'failed' || outcome.error
    ? (outcome.error?.code ?? 'failed')
    : ['unknown', 'unavailable', 'unintelligible', 'not-accepted'].includes(outcome.kind)
      ? outcome.kind
      : undefined;
