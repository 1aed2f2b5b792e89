import { expect, test } from 'vitest';
import { sendRaw } from '../../testing/raw-request.js';
import { startGateway } from '../../testing/start-gateway.js';

test.each(['/graphql', '/livez', '/%zz', '/nowhere', '/webhooks/modelslab/x', '/samples/ada.jpg'])(
  'browsers do not render the response of %s as a page',
  async (path) => {
    const { url } = await startGateway();
    const { headers } = await fetch(url + path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe(
      path.startsWith('/samples') ? 'public, max-age=3600' : 'no-store',
    );
  },
);

test('pages run only what the gateway serves, cannot be framed, and get HSTS only where HTTPS is used', async () => {
  const open = async (env: Record<string, string>): Promise<Headers> =>
    (await fetch(`${(await startGateway(env)).url}/graphql/ide/main.js`, { method: 'HEAD' })).headers;
  const headers = await open({});
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('content-security-policy')).toContain("script-src 'self';");
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('strict-transport-security')).toBeNull();
  const behindHttps = await open({ PUBLIC_URL: 'https://swap.example.com' });
  expect(behindHttps.get('strict-transport-security')).toContain('max-age=');
});

test('pages of listed origins may call the gateway, others may not', async () => {
  const { url } = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
  const allowed = async (origin: string): Promise<string | null> => {
    const { headers } = await fetch(`${url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    return headers.get('access-control-allow-origin');
  };
  expect(await allowed('https://app.example.com')).toBe('https://app.example.com');
  expect(await allowed('https://evil.example.com')).toBeNull();
  expect(await allowed('null')).toBeNull();
});

test.each([
  ['a-1.b:c_d', true],
  ['x'.repeat(65), false],
  ['a b', false],
  ['"},{"level":"fatal"', false],
])('the request id %j of a proxy is used only if it is safe to log', async (given, isTaken) => {
  const { url } = await startGateway();
  const { headers } = await fetch(`${url}/livez`, { headers: { 'x-request-id': given } });
  expect(headers.get('x-request-id') === given).toBe(isTaken);
});

test.each([
  '/',
  '/graphql/ide/',
  '/graphql',
  '/nowhere',
  '/samples/x',
  '/canary',
  '/canary%zz',
  '/<canary>',
  '/swaps/canary/download',
])('the response of %s repeats nothing of the request', async (path) => {
  const { url } = await startGateway({ TRUST_PROXY: '127.0.0.1' });
  const canary = "canary`\x24{1}'</script>";
  const head = [
    'Host: canary.localhost',
    ...[
      'X-Forwarded-Proto',
      'X-Forwarded-Host',
      'X-Forwarded-For',
      'Forwarded',
      'Origin',
      'Referer',
      'Cookie',
    ]
      .concat(['User-Agent', 'Accept-Language', 'X-Request-Id', 'Authorization', 'X-Original-Url'])
      .map((name) => `${name}: ${canary}`),
    'Accept: text/html',
    'Connection: close',
  ];
  const { text, status } = await sendRaw(
    url,
    `GET ${path}?canary HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`,
    'closed',
  );
  expect(status).toBeGreaterThan(0);
  expect(text).not.toContain('canary');
});

test('the IDE uses the URL at which the gateway serves its samples, in a form that cannot leave the script', async () => {
  const { url } = await startGateway({ PUBLIC_URL: 'https://swaps.example.com/</script>`\x24{alert(1)}' });
  const page = await (await fetch(`${url}/graphql/ide/`)).text();
  expect(page).toContain('https://swaps.example.com/%3C/script%3E%60$%7Balert(1)%7D/samples/ada.jpg');
  expect(page).not.toContain('alert(1)}');
});
