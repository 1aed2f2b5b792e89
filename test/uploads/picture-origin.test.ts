import { expect, test } from 'vitest';
import { pictureOrigin } from '../../src/uploads/picture-origin.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';

const live = { allowHttp: false, allowLoopback: false };
/** In front of the sandbox the gateway's own pictures are accepted, wherever they are. */
const keyed = { ...live, isOwn: ({ pathname }: URL) => pathname.startsWith('/samples/') };
const sandbox = { allowHttp: false, allowLoopback: true };

test.each([
  ['https://swaps.example.com', 'http://127.0.0.1:4000', live, 'https://swaps.example.com', true],
  [undefined, 'http://127.0.0.1:4000', live, 'http://127.0.0.1:4000', false],
  ['http://localhost:4000', 'http://127.0.0.1:4000', live, 'http://localhost:4000', false],
  [undefined, 'http://127.0.0.1:4000', sandbox, 'http://127.0.0.1:4000', true],
  [undefined, 'http://0.0.0.0:4000', sandbox, 'http://127.0.0.1:4000', true],
  [undefined, 'http://[::]:4000', sandbox, 'http://127.0.0.1:4000', true],
  ['http://192.168.0.7:4000', 'http://127.0.0.1:4000', sandbox, 'http://127.0.0.1:4000', true],
  ['https://swaps.example.com', 'http://127.0.0.1:4000', sandbox, 'https://swaps.example.com', true],
  ['http://192.168.0.7:4000', 'http://127.0.0.1:4000', keyed, 'http://192.168.0.7:4000', true],
  [undefined, 'http://192.168.0.7:4000', keyed, 'http://192.168.0.7:4000', true],
  [undefined, 'http://0.0.0.0:4000', keyed, 'http://127.0.0.1:4000', true],
])('PUBLIC_URL %s, listening at %s', (publicUrl, listening, policy, origin, isReachable) => {
  expect(pictureOrigin(publicUrl, listening, policy)).toEqual({ origin, isReachable });
});

test('a LIVE gateway on loopback that sends only URLs offers no samples, since ModelsLab could not fetch them', async () => {
  const { graphql } = await startGateway({
    MODELSLAB_API_KEY: 'a-key',
    MODELSLAB_BASE_URL: 'http://127.0.0.1:9',
    MODELSLAB_IMAGES: 'url',
  });
  const { data } = await graphql('{ samples { url } gatewayStatus { picturesReachable } }');
  expect(data).toEqual({ samples: [], gatewayStatus: { picturesReachable: false } });
});

test('a gateway with clients offers its samples in front of the sandbox', async () => {
  const { graphql, url } = await startGateway({ GATEWAY_API_KEYS: keysFor('ada') });
  const { data } = await graphql(
    '{ samples { url } gatewayStatus { picturesReachable } }',
    {},
    bearer('ada'),
  );
  expect(data).toMatchObject({ gatewayStatus: { picturesReachable: true } });
  expect(data?.['samples']).toContainEqual({ url: `${url}/samples/ada.jpg` });
});
