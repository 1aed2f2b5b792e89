import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readTrustedDocuments } from '../../src/graphql/execution/trusted-documents.js';
import { createJwtVerifier } from '../../src/server/access/jwt.js';
import { captureLog } from '../../testing/capture-log.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const nested = '['.repeat(5000) + ']'.repeat(5000);
const token = ['{"alg":"ES256","kid":"one"}', '{}', 'x']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');

test.each([
  ['nested too deeply', `{"keys":[{"kid":"one","x5c":${nested}}]}`],
  ['larger than', `{"keys":[],"fill":"${'x'.repeat(1024 * 1024)}"}`],
])('a key set that is %s is rejected, and tokens get UNAVAILABLE', async (reason, body) => {
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const { log, text } = captureLog();
  const options = { jwksUrl: `http://127.0.0.1:${port}/`, issuer: 'issuer', audience: 'gateway' };
  await expect(createJwtVerifier(options, log).verify(token, 'digest')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  expect(text()).toContain(reason);
});

test('a manifest that is nested too deeply is rejected with its path', () => {
  const path = join(temporaryFolder(), 'manifest.json');
  writeFileSync(path, `{"hash":${nested}}`);
  expect(() => readTrustedDocuments(path)).toThrow(`TRUSTED_DOCUMENTS: ${path} is not a manifest`);
});
