import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createGraphqlClient } from '../../testing/graphql-client.js';
import { readMetrics } from '../../testing/metrics.js';
import { spawnGateway } from '../../testing/spawn-gateway.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, type StubCall, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const picture = 'https://files.example.com/5.jpg';
const success = { status: 'success', id: 5, output: [picture] };
const json = { 'content-type': 'application/json' };

const raw =
  (httpStatus: number, headers: Record<string, string>, body: Buffer | string) =>
  (call: StubCall): void =>
    call.answerRaw(httpStatus, headers, body);
const say =
  (body: unknown, httpStatus = 200) =>
  (call: StubCall): void =>
    call.answer(httpStatus, body);

/** The response to a submission, and to a fetch; default: success. */
type Row = [string, (call: StubCall) => void, ((call: StubCall) => void)?];

const rows: Row[] = [
  ['queued, then completed', say({ status: 'queued', id: 5 }), say({ ...success, status: 'Completed' })],
  ['an unknown status with an id', say({ status: 'teleporting', id: 5 })],
  ['no status', say({ id: 'abc123-def456' }), say({ ...success, id: 'abc123-def456' })],
  ['a list', say([{ status: 'processing', id: 5 }]), say([success])],
  ['data', say({ data: { status: 'processing', id: 5 } }), say({ data: success })],
  ['a success without an id', say({ ...success, id: undefined })],
  ['one URL for the output', say({ ...success, output: picture })],
  ['objects for the output', say({ ...success, output: [{ url: picture }] })],
  ['nulls in the output', say({ ...success, output: [null, picture] })],
  ['only proxy links', say({ ...success, output: [], proxy_links: [picture] })],
  ['only future links', say({ ...success, output: [], future_links: [picture] })],
  ['a URL without a scheme', say({ ...success, output: ['//files.example.com/5.jpg'] })],
  ['a success without pictures, then with pictures', say({ ...success, output: [] })],
  ['a success with HTTP 500', say(success, 500)],
  ['an error with pictures', say({ ...success, status: 'error', message: '' })],
  ['gzip', raw(200, { ...json, 'content-encoding': 'gzip' }, gzipSync(JSON.stringify(success)))],
  ['zstd', raw(200, { ...json, 'content-encoding': 'zstd' }, zstdCompressSync(JSON.stringify(success)))],
  ['a byte order mark', raw(200, json, `\ufeff${JSON.stringify(success)}`)],
  [
    'a PHP warning before the JSON',
    raw(200, { 'content-type': 'text/html' }, `<b>Warning</b>: key [0] in {x}<br>${JSON.stringify(success)}`),
  ],
  ['UTF-16', raw(200, {}, Buffer.from(`\ufeff${JSON.stringify(success)}`, 'utf16le'))],
  [
    'data in data',
    say({ data: { data: { status: 'processing', id: 5 } } }),
    say({ data: { data: success } }),
  ],
  ['a list of results', say({ results: [{ status: 'processing', id: 5 }] }), say({ results: [success] })],
  ['a body within the output', say({ output: { status: 'processing', id: 5 } }), say({ output: success })],
  ['images within the output', say({ ...success, output: { images: [{ url: picture }] } })],
  ['results next to an empty output', say({ ...success, output: [], results: [picture] })],
  ['pictures without a status', say({ status: 'processing', id: 5 }), say({ id: 5, output: [picture] })],
  ['a status that is a code', say({ status: 'processing', id: 5 }), say({ ...success, status: 200 })],
  ['a status in other words', say({ ...success, status: 'Completed successfully' })],
  ['an id that is not an integer', say({ status: 'processing', id: 1.5 }), say({ ...success, id: 1.5 })],
  ['another message before the JSON', raw(200, json, `{"error":"deprecated"}\n${JSON.stringify(success)}`)],
  [
    'progress messages before the JSON',
    say({ status: 'processing', id: 5 }),
    raw(200, json, `{"status":"processing","id":5}${JSON.stringify(success)}`),
  ],
  ['a truncated body', raw(200, json, '{"status":"processing","id":5,"meta":{"id":"6","track_')],
  ['headers of 100 kB', raw(200, { ...json, 'x-debug': 'x'.repeat(100_000) }, JSON.stringify(success))],
  ['an undeclared encoding', raw(200, json, brotliCompressSync(JSON.stringify(success)))],
  [
    'a different encoding than declared',
    raw(200, { 'content-encoding': 'gzip' }, deflateSync(JSON.stringify(success))),
  ],
];

describe('a swap succeeds with its picture, paid for once, after', () => {
  test.each(rows)('%s', async (_name, submission, fetch = say(success)) => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) => (call.path.includes('/fetch/') ? fetch(call) : submission(call)));
    const gateway = await startGateway({ ...upstream.env, POLL_INTERVAL_MS: '10' });
    const swap = await requestSwap(gateway, {}, { wait: 20 });
    expect(swap).toMatchObject({ status: 'SUCCEEDED', output: [picture] });
    expect(upstream.submissions()).toHaveLength(1);
  });

  test('an id beyond 2^53, digit by digit', async () => {
    const upstream = await startStubModelsLab();
    const processing = '{"status":"processing","id":9007199254740993}';
    upstream.handle((call) =>
      call.answer(
        200,
        call.path.includes('/fetch/') ? processing.replace('processing', 'failed') : processing,
      ),
    );
    const gateway = await startGateway({ ...upstream.env, POLL_INTERVAL_MS: '10' });
    const swap = await requestSwap(gateway, {}, { wait: 20 });
    expect(swap).toMatchObject({ status: 'FAILED', modelsLabId: '9007199254740993' });
    expect((await upstream.fetchCall()).path).toMatch(/\/fetch\/9007199254740993$/);
  });
});

test.each(['content-encoding', 'content-type', 'retry-after', 'date', 'location', 'server'])(
  'a response with a repeated %s header is still read',
  async (name) => {
    const upstream = await startStubModelsLab();
    upstream.handle(({ path, response }) => {
      const status = path.includes('/fetch/') ? 'success' : 'processing';
      response.writeHead(200, { [name]: ['identity', 'identity'] });
      response.end(JSON.stringify({ ...success, status }));
    });
    const gateway = await startGateway({ ...upstream.env, POLL_INTERVAL_MS: '10' });
    const swap = await requestSwap(gateway, {}, { wait: 20 });
    expect(swap).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '5', output: [picture] });
    expect(upstream.submissions()).toHaveLength(1);
  },
);

test('a fetch_result that is a path is used if the default path is not found', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => {
    if (call.path.endsWith('/single_face_swap'))
      call.answer(200, { status: 'processing', id: 5, fetch_result: '/api/v6/faceswap/fetch/5' });
    else if (call.path === '/api/v6/faceswap/fetch/5') call.answer(200, success);
    else call.answer(404, answers.error('Request not found'));
  });
  const gateway = await startGateway({ ...upstream.env, POLL_INTERVAL_MS: '10' });
  expect(await requestSwap(gateway, {}, { wait: 20 })).toMatchObject({ status: 'SUCCEEDED' });
});

describe('a webhook body is understood:', () => {
  test.each<[string, string | Buffer, Record<string, string>]>([
    ['text', JSON.stringify(success), { 'content-type': 'text/plain' }],
    ['an empty content type', JSON.stringify(success), { 'content-type': '' }],
    ['an invalid media type', JSON.stringify(success), { 'content-type': ';;;' }],
    [
      'a urlencoded form',
      `status=success&id=5&output[]=${encodeURIComponent(picture)}`,
      {
        'content-type': 'application/x-www-form-urlencoded',
      },
    ],
    [
      'a multipart form',
      [
        ...Object.entries({ status: 'success', id: '5', 'output[]': picture }).map(
          ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
        ),
        '--x--\r\n',
      ].join(''),
      { 'content-type': 'multipart/form-data; boundary=x' },
    ],
    [
      'a form with a JSON field',
      `payload=${encodeURIComponent(JSON.stringify(success))}`,
      {
        'content-type': 'application/x-www-form-urlencoded',
      },
    ],
    ['gzip', gzipSync(JSON.stringify(success)), { ...json, 'content-encoding': 'gzip' }],
    ['a megabyte', JSON.stringify({ ...success, fill: 'x'.repeat(1_000_000) }), json],
    ['a poisoned prototype', JSON.stringify(success).replace('{', '{"__proto__":{"a":1},'), json],
  ])('%s', async (_name, body, headers) => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) => call.answer(200, answers.processing(5)));
    const gateway = await startGateway({ ...upstream.env, POLL_INTERVAL_MS: '60000' });
    const { id } = await requestSwap(gateway);
    await expect.poll(() => readSwap(gateway, id)).toMatchObject({ status: 'PROCESSING', modelsLabId: '5' });
    const address = String((await upstream.submission()).body['webhook']);
    expect((await fetch(address, { method: 'POST', headers, body })).status).toBe(200);
    expect(await readSwap(gateway, id)).toMatchObject({ status: 'SUCCEEDED', output: [picture] });
  });
});

test('unexpected responses are counted, and logged once per swap without URLs and tokens', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(5)));
  const spawned = await spawnGateway({ ...upstream.env, DATA_DIR: temporaryFolder() });
  try {
    const gateway = createGraphqlClient(spawned.url);
    const { id } = await requestSwap(gateway);
    const webhook = String((await upstream.submission()).body['webhook']);
    const garbage = `garbage ${webhook} https:\\/\\/cdn.example\\/secret-path data:image/png;base64,c2VjcmV0`;
    for (const body of [garbage, garbage]) {
      const { status } = await fetch(webhook, { method: 'POST', headers: { 'content-type': 'x' }, body });
      expect([200, 202]).toContain(status);
    }
    await expect.poll(spawned.output).toContain('unexpected response from ModelsLab');
    const reading = await readMetrics(spawned);
    const unexpected = { where: 'webhook', kind: 'unreadable' };
    expect(reading.value('modelslab_unexpected_responses_total', unexpected)).toBe(2);
    const lines = spawned
      .output()
      .split('\n')
      .filter((line) => line.includes('unexpected response'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(id);
    expect(spawned.output()).not.toMatch(/secret-path|c2VjcmV0/);
    expect(spawned.output()).not.toContain(webhook.split('/').at(-1));
  } finally {
    await spawned.kill('SIGTERM');
  }
});
