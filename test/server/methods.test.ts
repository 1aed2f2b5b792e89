import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startGateway } from '../../testing/start-gateway.js';

interface Reply {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

function send(
  url: string,
  method: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(url, { method, headers: { ...headers, ...length } }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += String(part);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const json = { 'content-type': 'application/json' };

test.each(['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH', 'LOCK', 'PURGE'])(
  '%s on /graphql is 405 with the methods that are allowed, with and without a body',
  async (method) => {
    const { url } = await startGateway();
    const bodies = method === 'TRACE' ? [{}] : [{}, { headers: json, body: '{"query":"{ __typename }"}' }];
    for (const given of [...bodies, { headers: { 'content-type': 'application/xml' } }])
      for (const path of ['/graphql', '/graphql?query={__typename}'])
        expect(await send(`${url}${path}`, method, given)).toMatchObject({
          status: 405,
          headers: { allow: 'GET, HEAD, POST, OPTIONS', 'content-type': 'application/json; charset=utf-8' },
          body: expect.stringContaining('"code":"BAD_REQUEST"'),
        });
  },
);

test('other routes with a fixed path say what they allow, and unknown paths are 404', async () => {
  const { url } = await startGateway();
  expect(await send(`${url}/livez`, 'DELETE')).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD, OPTIONS' },
  });
  expect(await send(`${url}/uploads`, 'GET')).toMatchObject({
    status: 405,
    headers: { allow: 'POST, OPTIONS' },
  });
  for (const path of ['/nowhere', '/graphql/x', '/webhooks/modelslab/x', '/swaps/x/download'])
    expect(await send(url + path, 'PUT'), path).toMatchObject({ status: 404 });
});

test('OPTIONS says what is allowed; a preflight gets what CORS needs', async () => {
  const { url } = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
  expect(await send(`${url}/graphql`, 'OPTIONS')).toMatchObject({
    status: 204,
    headers: { allow: 'GET, HEAD, POST, OPTIONS' },
    body: '',
  });
  const origin = 'https://app.example.com';
  const preflight = { origin, 'access-control-request-method': 'POST' };
  expect(await send(`${url}/graphql`, 'OPTIONS', { headers: preflight })).toMatchObject({
    status: 204,
    headers: { 'access-control-allow-origin': origin },
  });
  // Pages can read why a method is rejected.
  expect(await send(`${url}/graphql`, 'PUT', { headers: { origin } })).toMatchObject({
    status: 405,
    headers: { 'access-control-allow-origin': origin },
  });
});

test('HEAD on /graphql is GET without the body', async () => {
  const { url } = await startGateway();
  const path = `${url}/graphql?query=${encodeURIComponent('{ gatewayStatus { queueLimit } }')}`;
  const headers = { 'apollo-require-preflight': '1' };
  const [get, head] = [await send(path, 'GET', { headers }), await send(path, 'HEAD', { headers })];
  expect(get.status).toBe(200);
  expect(head).toMatchObject({ status: 200, body: '' });
  for (const name of ['content-type', 'content-length', 'cache-control'])
    expect(head.headers[name]).toBe(get.headers[name]);
});

test.each(['/grapql', '/api/graphql', '/graphql/v1'])(
  '%s is 404, and says where GraphQL is',
  async (path) => {
    const { url } = await startGateway();
    for (const method of ['GET', 'POST']) {
      const reply = await send(url + path, method, method === 'POST' ? { headers: json, body: '{}' } : {});
      expect(reply.status).toBe(404);
      expect(JSON.parse(reply.body)).toEqual({
        errors: [{ message: expect.stringContaining(' /graphql'), extensions: { code: 'BAD_REQUEST' } }],
      });
    }
  },
);

test.each([
  ['/graphql', 'application/x-www-form-urlencoded', 'application/json'],
  ['/graphql', 'multipart/form-data; boundary=x', 'application/json'],
  ['/uploads', 'application/x-www-form-urlencoded', 'multipart/form-data'],
])('POST %s as %s is 415, and says which content type it takes', async (path, given, wanted) => {
  const { url } = await startGateway();
  const reply = await send(url + path, 'POST', { headers: { 'content-type': given }, body: '{}' });
  expect(reply.status).toBe(415);
  expect(JSON.parse(reply.body).errors[0].message).toContain(wanted);
});
