import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createOtlpTracing, type TraceSampler } from '../../src/telemetry/otlp-tracing.js';
import { captureLog } from '../../testing/capture-log.js';
import { startOtlpReceiver } from '../../testing/otlp-receiver.js';
import { projectFiles, readProjectFile } from '../../testing/project-files.js';

async function startTracing(sampler: TraceSampler, ratio: number) {
  const receiver = await startOtlpReceiver();
  const url = `${receiver.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`;
  const { log } = captureLog();
  const tracing = createOtlpTracing({ url, sampler, ratio, version: '1', instanceId: 'one', log });
  onTestFinished(tracing.close);
  return { receiver, tracing };
}

const count = 2000;

test.each<[TraceSampler, number]>([
  ['parentbased_traceidratio', 0.3],
  ['traceidratio', 0.3],
])('with %s, all spans of a trace are recorded, or none of them', async (sampler, ratio) => {
  const { tracing } = await startTracing(sampler, ratio);
  let sampled = 0;
  for (let n = 0; n < count; n += 1) {
    const root = tracing.start('graphql.operation');
    const child = tracing.start('swap.accept', { parent: root.traceparent });
    const grandchild = tracing.start('swap.queue', { parent: child.traceparent });
    expect([child.isRecording, grandchild.isRecording]).toEqual([root.isRecording, root.isRecording]);
    expect(root.traceparent?.slice(-2)).toBe(root.isRecording ? '01' : '00');
    expect(grandchild.traceparent?.split('-')[1]).toBe(root.traceparent?.split('-')[1]);
    expect(root.traceparent).toBe(root.traceparent);
    if (root.isRecording) sampled += 1;
  }
  expect(sampled / count).toBeGreaterThan(ratio - 0.06);
  expect(sampled / count).toBeLessThan(ratio + 0.06);
});

test.each<[TraceSampler, string, boolean]>([
  ['always_on', '00', true],
  ['always_off', '01', false],
  ['parentbased_always_on', '00', false],
  ['parentbased_always_on', '01', true],
  ['parentbased_always_off', '00', false],
  ['parentbased_always_off', '01', true],
  ['parentbased_traceidratio', '00', false],
  ['parentbased_traceidratio', '01', true],
])('%s with a caller whose flags are %s: recorded is %s', async (sampler, flags, isRecorded) => {
  const { tracing } = await startTracing(sampler, 0);
  const parent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${flags}`;
  expect(tracing.start('graphql.operation', { parent }).isRecording).toBe(isRecorded);
});

test('spans beyond those that fit are dropped while the receiver does not respond', async () => {
  const { receiver, tracing } = await startTracing('always_on', 1);
  const waiting: (() => void)[] = [];
  receiver.misbehave((response) => waiting.push(() => response.end('{}')));
  for (let n = 0; n < 20_000; n += 1) tracing.start('push').end();
  await expect.poll(() => waiting.length).toBeGreaterThan(0);
  receiver.misbehave(undefined);
  for (const answer of waiting) answer();
  await tracing.close();
  expect(receiver.spans.length).toBeGreaterThan(1000);
  expect(receiver.spans.length).toBeLessThanOrEqual(2048);
});

test('one module knows OpenTelemetry, and nothing imports it but on demand', () => {
  const files = projectFiles()
    .filter((path) => /^src\/.*\.ts$/.test(path))
    .map((path) => ({ path, text: readProjectFile(path) }));
  const pathsWith = (pattern: RegExp) =>
    files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
  expect(pathsWith(/from '@opentelemetry\//)).toEqual(['src/telemetry/otlp-tracing.ts']);
  expect(pathsWith(/from '[^']*\/otlp-tracing\.js'/)).toEqual([]);
  expect(pathsWith(/import\('[^']*\/otlp-tracing\.js'\)/)).toEqual(['src/app/telemetry.ts']);
});
