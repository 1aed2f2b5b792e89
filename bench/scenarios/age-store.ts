/** Makes everything in a data directory expire: `node scenarios/age-store.ts DATA_DIR`. No gateway may be running on it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const [dataDir = ''] = process.argv.slice(2);
const monthMs = 30 * 86_400_000;
const db = new DatabaseSync(join(dataDir, 'gateway.sqlite'));
db.exec(`
  UPDATE ended SET expires = expires - ${monthMs};
  UPDATE swaps SET expires_at = expires_at - ${monthMs};
  PRAGMA wal_checkpoint(TRUNCATE);
`);
db.close();
