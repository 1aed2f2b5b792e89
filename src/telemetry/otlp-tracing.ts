import { randomBytes } from 'node:crypto';
import type { Agent } from 'node:http';
import { ROOT_CONTEXT, type SpanContext, SpanStatusCode, trace } from '@opentelemetry/api';
import { ExportResultCode, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  RandomIdGenerator,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SwapLog } from '../swap/ports.js';
import type { Span, Tracing } from '../swap/tracing.js';

export interface OtlpTracingOptions {
  /** Where spans are posted to, as JSON. */
  url: string;
  /** A value of OTEL_TRACES_SAMPLER. */
  sampler: TraceSampler;
  /** For the samplers with `traceidratio`: the sampled part of all traces, from 0 to 1. */
  ratio: number;
  version: string;
  instanceId: string;
  log: SwapLog;
  /** Connects to the receiver. Absent: directly. */
  agent?: ((protocol: string) => Agent) | undefined;
}

type RootSampler = 'always_on' | 'always_off' | 'traceidratio';
export type TraceSampler = RootSampler | `parentbased_${RootSampler}`;

export interface OtlpTracing extends Tracing {
  /** Exports what has ended. Resolves after two seconds at the latest. Later spans are dropped. */
  close(): Promise<void>;
}

const closeMs = 2000;
/** Spans that wait to be exported. Further ones are dropped, so that a receiver that does not respond costs a bounded amount of memory. */
const maxWaiting = 2048;
const maxBatch = 512;
const intervalMs = 1000;

/**
 * Spans over OTLP/HTTP. Export failures are logged when they begin and end, and disturb nothing. The exporter itself reads the
 * variables for headers, timeout, compression and certificates.
 */
export function createOtlpTracing(options: OtlpTracingOptions): OtlpTracing {
  const { url, agent, log } = options;
  const exporter = new OTLPTraceExporter({ url, ...(agent && { httpAgentOptions: agent }) });
  const ids = new DecidedIds();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'face-swap-gateway',
      'service.version': options.version,
      'service.instance.id': options.instanceId,
    }).merge(detectResources({ detectors: [envDetector] })),
    // Only sampled spans get there.
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: reportFailures(exporter, log),
        maxQueueSize: maxWaiting,
        maxExportBatchSize: maxBatch,
        scheduledDelayMillis: intervalMs,
      }),
    ],
  });
  const tracer = provider.getTracer('face-swap-gateway', options.version);

  const sample = createSampling(options);

  return {
    isOn: true,
    start(name, { parent, link, startedAt } = {}) {
      const parentContext = parent === undefined ? undefined : contextOf(parent);
      const { isSampled, traceId: decidedId } = sample(parentContext);
      if (!isSampled) return new UnsampledSpan(decidedId);
      ids.next = decidedId;
      const linked = link === undefined ? undefined : contextOf(link);
      const span = tracer.startSpan(
        name,
        {
          // A number could be taken for a time of the monotonic clock.
          ...(startedAt !== undefined && { startTime: new Date(startedAt) }),
          ...(linked && { links: [{ context: linked }] }),
        },
        parentContext ? trace.setSpanContext(ROOT_CONTEXT, parentContext) : ROOT_CONTEXT,
      );
      const { traceId, spanId } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-01`,
        isRecording: true,
        set(attributes) {
          for (const [key, value] of Object.entries(attributes))
            if (value !== undefined) span.setAttribute(key, value);
        },
        end(errorCode, at) {
          if (errorCode !== undefined)
            span.setAttribute('error.type', errorCode).setStatus({ code: SpanStatusCode.ERROR });
          span.end(at === undefined ? undefined : new Date(at));
        },
      } satisfies Span;
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const timeUp = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeMs);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), timeUp]);
      clearTimeout(timer);
    },
  };
}

/** `traceId`: the one that was decided about; undefined: any. */
interface Sampled {
  isSampled: boolean;
  traceId?: string | undefined;
}

/**
 * Decides which spans are recorded. The SDK's samplers need a trace id for every span; almost all operations are reads that
 * nobody traces, and making ids for them costs more than everything else about their spans. Only where the decision depends on
 * the id, so that it has to be the same for all spans of a trace, there is one.
 */
function createSampling({
  sampler,
  ratio,
}: Pick<OtlpTracingOptions, 'sampler' | 'ratio'>): (parent: SpanContext | undefined) => Sampled {
  const [, isParentBased, kind] = /^(parentbased_)?(.+)$/.exec(sampler) ?? [];
  const part = kind === 'always_off' ? 0 : kind === 'always_on' ? 1 : ratio;
  const byTraceId = new TraceIdRatioBasedSampler(part);
  const random = new RandomIdGenerator();
  return (parent) => {
    if (isParentBased)
      return parent
        ? { isSampled: (parent.traceFlags & 1) === 1, traceId: parent.traceId }
        : { isSampled: Math.random() < part };
    const traceId = parent?.traceId ?? random.generateTraceId();
    const { decision } = byTraceId.shouldSample(ROOT_CONTEXT, traceId);
    return { isSampled: decision === SamplingDecision.RECORD_AND_SAMPLED, traceId };
  };
}

/** Gives the next trace the id that was decided about. */
class DecidedIds extends RandomIdGenerator {
  next: string | undefined;

  override generateTraceId(): string {
    return this.next ?? super.generateTraceId();
  }
}

/** Has ids only if somebody asks: those of a swap must all say that they are not sampled. */
class UnsampledSpan implements Span {
  readonly isRecording = false;
  readonly #traceId: string | undefined;
  #traceparent: string | undefined;

  constructor(traceId: string | undefined) {
    this.#traceId = traceId;
  }

  get traceparent(): string {
    this.#traceparent ??= `00-${this.#traceId ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
    return this.#traceparent;
  }

  set(): void {}

  end(): void {}
}

/** Undefined if it is malformed. */
function contextOf(traceparent: string): SpanContext | undefined {
  const parsed = parseTraceParent(traceparent);
  return parsed ? { ...parsed, isRemote: true } : undefined;
}

/** Logs the first failure, and the first success after it: without the URL, which may contain a token. */
function reportFailures(exporter: SpanExporter, log: SwapLog): SpanExporter {
  let lost = 0;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) {
          if (lost === 0)
            log.warn({ reason: reasonOf(result.error) }, 'cannot export traces; swaps are not affected');
          lost += spans.length;
        } else if (lost > 0) {
          log.info({ lostSpans: lost }, 'traces are exported again');
          lost = 0;
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

function reasonOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: string | number; name?: string };
  return typeof code === 'number' ? `HTTP ${code}` : (code ?? name ?? 'unknown');
}
