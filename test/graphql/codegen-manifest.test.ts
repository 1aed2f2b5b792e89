import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGateway } from '../../testing/start-gateway.js';

const path = join(import.meta.dirname, '../../packages/client/generated/persisted-documents.json');
const manifest = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>);

test('the manifest written by codegen works as TRUSTED_DOCUMENTS: its documents run by hash, others do not', async () => {
  const gateway = await startGateway({ TRUSTED_DOCUMENTS: path });
  const send = async (body: object) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { data?: object; errors?: { extensions: { code: string } }[] };
  };
  const [documentId, query] = manifest.find(([, text]) => text.includes('gatewayStatus')) ?? [];
  for (const named of [{ documentId }, { documentId: documentId?.replace('sha256:', '') }, { query }]) {
    expect(await send(named)).toMatchObject({ data: { gatewayStatus: { upstream: 'SANDBOX' } } });
  }
  expect((await send({ query: '{ gatewayStatus { version } }' })).errors?.[0]?.extensions.code).toBe(
    'FORBIDDEN',
  );
});
