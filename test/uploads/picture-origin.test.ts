import { expect, test } from 'vitest';
import { pictureOrigin } from '../../src/uploads/picture-origin.js';
import { startGateway } from '../../testing/start-gateway.js';

const live = { allowHttp: false, allowLoopback: false };
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
])('PUBLIC_URL %s, listening at %s', (publicUrl, listening, policy, origin, isReachable) => {
  expect(pictureOrigin(publicUrl, listening, policy)).toEqual({ origin, isReachable });
});

test('a LIVE gateway on loopback offers no samples, since ModelsLab could not fetch them', async () => {
  const { graphql } = await startGateway({
    MODELSLAB_API_KEY: 'a-key',
    MODELSLAB_BASE_URL: 'http://127.0.0.1:9',
  });
  const { data } = await graphql('{ samples { url } gatewayStatus { picturesReachable } }');
  expect(data).toEqual({ samples: [], gatewayStatus: { picturesReachable: false } });
});
