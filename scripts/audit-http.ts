/** Writes docs/graphql-over-http-audit.md. Run after a build: node scripts/audit-http.ts */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditGraphqlOverHttp, renderAudit } from '../testing/graphql-http-audit.ts';
import { spawnGateway } from '../testing/spawn-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'face-swap-gateway-'));
const gateway = await spawnGateway({ PORT: '0', DATA_DIR: folder, RATE_LIMIT: 'off' });
try {
  const report = await auditGraphqlOverHttp(gateway.url);
  writeFileSync(join(import.meta.dirname, '../docs/graphql-over-http-audit.md'), renderAudit(report));
  console.log(report.counts);
} finally {
  await gateway.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
