import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A span as it was exported. */
export interface SeenSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** Empty: it began the trace. */
  parentSpanId: string;
  links: { traceId: string; spanId: string }[];
  attributes: Record<string, unknown>;
  /** Of the process that exported it. */
  resource: Record<string, unknown>;
  startedAt: number;
  endedAt: number;
  isError: boolean;
}

export interface OtlpReceiver {
  /** Environment for gateways that export to it. */
  env: { OTEL_EXPORTER_OTLP_ENDPOINT: string };
  spans: SeenSpan[];
  /** Every byte of every export so far. */
  text(): string;
  headers: IncomingHttpHeaders[];
  /** The first span that matches, once it has arrived. */
  span(isWanted: (span: SeenSpan) => boolean): Promise<SeenSpan>;
  /** From now on, responds so; undefined: as it should. */
  misbehave(answer: ((response: ServerResponse) => void) | undefined): void;
  close(): void;
}

interface OtlpValue {
  stringValue?: string;
  intValue?: number | string;
  boolValue?: boolean;
}
type OtlpAttributes = { key: string; value: OtlpValue }[];
interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  links?: { traceId: string; spanId: string }[];
  attributes?: OtlpAttributes;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code?: number };
}
interface OtlpExport {
  resourceSpans: { resource: { attributes: OtlpAttributes }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

const readAttributes = (attributes: OtlpAttributes = []): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? Number(value.intValue)]),
  );
const milliseconds = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1000n) / 1000;

function readSpans(text: string): SeenSpan[] {
  const { resourceSpans } = JSON.parse(text) as OtlpExport;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        links: span.links ?? [],
        attributes: readAttributes(span.attributes),
        resource: readAttributes(resource.attributes),
        startedAt: milliseconds(span.startTimeUnixNano),
        endedAt: milliseconds(span.endTimeUnixNano),
        isError: span.status?.code === 2,
      })),
    ),
  );
}

/** A receiver of traces over OTLP/HTTP with JSON, closed after the test. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: SeenSpan[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const waiting = new Set<() => void>();
  let text = '';
  let answer: ((response: ServerResponse) => void) | undefined;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    headers.push(request.headers);
    text += `${JSON.stringify(request.headers)}\n${body}\n`;
    if (answer) return answer(response);
    if (request.url === '/v1/traces') spans.push(...readSpans(body));
    response
      .writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' })
      .end('{}');
    for (const wake of waiting) wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    spans,
    text: () => text,
    headers,
    span: (isWanted) =>
      new Promise((resolve) => {
        const check = (): void => {
          const span = spans.find(isWanted);
          if (!span) return;
          waiting.delete(check);
          resolve(span);
        };
        waiting.add(check);
        check();
      }),
    misbehave(next) {
      answer = next;
    },
    close,
  };
}
