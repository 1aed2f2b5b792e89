import { GatewayError } from './errors.js';
import type { Swap } from './swap.js';

/** Every span that the gateway makes. Those of one swap form one tree, across instances and restarts. */
export type SpanName =
  | 'graphql.operation'
  | 'swap.accept'
  | 'swap.queue'
  | 'modelslab.submit'
  | 'modelslab.fetch'
  | 'webhook.receive'
  | 'archive.put'
  | 'push'
  | 'client_webhook.post';

/** Ids, codes and numbers; undefined ones are left out. Never a URL, a key, a token, an address, or what a client sent. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** The `traceparent` of the span that this one belongs to. Absent or malformed: the span begins a trace. */
  parent?: string | undefined;
  /** The `traceparent` of a span that caused this one, which is not part of its trace. Malformed: ignored. */
  link?: string | undefined;
  /** When it began, milliseconds since the epoch; default: now. */
  startedAt?: number;
}

/** Something that takes time. Must be ended once. No method throws. */
export interface Span {
  /** Identifies it in W3C's format, to be the parent of others; undefined while tracing is off. */
  readonly traceparent: string | undefined;
  /** False: it is not sampled, and its attributes are dropped. */
  readonly isRecording: boolean;
  set(attributes: SpanAttributes): void;
  /** @param errorCode why it failed @param at when it ended, milliseconds since the epoch; default: now */
  end(errorCode?: string, at?: number): void;
}

export interface Tracing {
  /** False: `start` has no effect, and callers may skip the work for it. */
  readonly isOn: boolean;
  start(name: SpanName, options?: SpanOptions): Span;
}

const noSpan: Span = {
  traceparent: undefined,
  isRecording: false,
  set: () => undefined,
  end: () => undefined,
};

export const noTracing: Tracing = { isOn: false, start: () => noSpan };

/** The error code of a span that ended with an exception. */
export const errorCodeOf = (error: unknown): string =>
  error instanceof GatewayError ? error.code : 'INTERNAL_SERVER_ERROR';

/** What places a span about a swap below its acceptance, and names the swap. */
export const aboutSwap = ({ id, client, acceptedBy }: Swap): TracedOptions => ({
  parent: acceptedBy?.traceparent,
  attributes: { 'swap.id': id, 'swap.client': client },
});

export type TracedOptions = SpanOptions & { attributes: SpanAttributes };

/**
 * Runs `work` in a span, which ends with it.
 *
 * @param errorOf the error code of a result that is a failure
 * @throws what `work` throws
 */
export async function traced<Result>(
  tracing: Tracing,
  name: SpanName,
  { attributes, ...options }: TracedOptions,
  work: (span: Span) => Promise<Result>,
  errorOf: (result: Result) => string | undefined = () => undefined,
): Promise<Result> {
  if (!tracing.isOn) return work(noSpan);
  const span = tracing.start(name, options);
  span.set(attributes);
  try {
    const result = await work(span);
    span.end(errorOf(result));
    return result;
  } catch (error) {
    span.end(errorCodeOf(error));
    throw error;
  }
}
