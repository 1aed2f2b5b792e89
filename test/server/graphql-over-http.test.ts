import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditGraphqlOverHttp, renderAudit } from '../../testing/graphql-http-audit.js';
import { startGateway } from '../../testing/start-gateway.js';

test('GraphQL over HTTP conforms to the specification, and the committed report is accurate', async () => {
  const { url } = await startGateway({ RATE_LIMIT: 'off' });
  const report = await auditGraphqlOverHttp(url);
  expect(report.results).toHaveLength(61);
  expect(report.counts.error).toBe(0);
  expect(report.counts.ok).toBeGreaterThanOrEqual(55);
  expect(report.counts.warn).toBeLessThanOrEqual(3);
  const committed = readFileSync(new URL('../../docs/graphql-over-http-audit.md', import.meta.url), 'utf8');
  expect(renderAudit(report), 'run npm run audit:http').toBe(committed);
});
