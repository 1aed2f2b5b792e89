import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { readMetrics } from '../../testing/metrics.js';
import { startGateway } from '../../testing/start-gateway.js';

const token = 'a-token-for-prometheus';

const statusOf = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(`${url}/metrics`, { headers })).status;

test('an open gateway serves metrics on a loopback host name, not on a foreign one', async () => {
  const { url } = await startGateway();
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const foreign = request(`${url}/metrics`, { headers: { host: 'rebound.example.com' } }).end();
  const [rejected] = (await once(foreign, 'response')) as [IncomingMessage];
  rejected.resume();
  expect(rejected.statusCode).toBe(403);
});

test('a gateway with clients and no METRICS_TOKEN serves metrics to no one, not even a client', async () => {
  const { url } = await startGateway({ GATEWAY_API_KEYS: keysFor('ann') });
  expect(await statusOf(url)).toBe(403);
  expect(await statusOf(url, bearer('ann'))).toBe(403);
});

test('with METRICS_TOKEN the token is required, and guessing is rate-limited', async () => {
  const { url } = await startGateway({ GATEWAY_API_KEYS: keysFor('ann'), METRICS_TOKEN: token });
  expect(await statusOf(url)).toBe(401);
  expect(await statusOf(url, bearer('ann'))).toBe(401);
  expect(await statusOf(url, { authorization: `Bearer ${token}x` })).toBe(401);
  for (let n = 0; n < 100; n++) await statusOf(url);
  expect(await statusOf(url)).toBe(429);
  expect(await statusOf(url, { authorization: `Bearer ${token}` })).toBe(200);
});

test('an open gateway with METRICS_TOKEN requires it', async () => {
  const { url } = await startGateway({ METRICS_TOKEN: token });
  expect(await statusOf(url)).toBe(401);
  expect(await statusOf(url, { authorization: `Bearer ${token}` })).toBe(200);
});

test('metrics can be read under overload, with process metrics and event loop utilization, and without duplicates', async () => {
  const gateway = await startGateway({}, { transport: { load: { delayMs: () => 1e6 } } });
  const { text, value } = await readMetrics(gateway);
  for (const name of [
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
  ])
    expect(text).toMatch(new RegExp(`^${name} `, 'm'));
  expect(value('event_loop_utilization')).toBeGreaterThan(0);
  expect(value('event_loop_utilization')).toBeLessThanOrEqual(1);
  expect(value('info', { upstream: 'SANDBOX' })).toBe(1);
  // These take longer with more sockets.
  expect(text).not.toMatch(/_open_fds|_active_/);
  const types = text.match(/^# TYPE .*$/gm) ?? [];
  expect(new Set(types).size).toBe(types.length);
  const again = await readMetrics(gateway);
  expect(again.value('http_requests_total', { route: '/metrics', status: '200' })).toBe(1);
});
