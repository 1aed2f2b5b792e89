import { z } from 'zod';
import { env, httpUrl } from './setting.js';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Traces over OTLP/HTTP. OpenTelemetry's exporter reads its other variables itself, such as OTEL_EXPORTER_OTLP_HEADERS. */
export const telemetrySettings = {
  /** Undefined: no traces. `/v1/traces` is appended. */
  otlpEndpoint: env('OTEL_EXPORTER_OTLP_ENDPOINT', httpUrl.optional()),
  traceSampler: env('OTEL_TRACES_SAMPLER', z.enum(samplers).default('parentbased_always_on')),
  /** The sampled part of all traces, for the samplers with `traceidratio`. */
  traceRatio: env('OTEL_TRACES_SAMPLER_ARG', z.coerce.number().min(0).max(1).default(1)),
};
