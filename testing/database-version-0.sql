-- Written by a gateway before version 1 of the tables: one swap is queued, one at ModelsLab, one finished.
CREATE TABLE keyv (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
CREATE TABLE swaps (
seq INTEGER PRIMARY KEY AUTOINCREMENT,
id TEXT NOT NULL UNIQUE,
client TEXT NOT NULL,
created_at INTEGER NOT NULL,
modelslab_id TEXT,
expires_at INTEGER -- NULL: not ended yet
    );
CREATE TABLE claims (
client TEXT NOT NULL,
kind TEXT NOT NULL,
value TEXT NOT NULL,
swap_id TEXT NOT NULL REFERENCES swaps (id) ON DELETE CASCADE,
fingerprint TEXT NOT NULL,
PRIMARY KEY (client, kind, value)
    ) WITHOUT ROWID;
CREATE TABLE callbacks (swap_id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL);
CREATE INDEX keyv_by_expiry ON keyv (expires) WHERE expires IS NOT NULL;
CREATE INDEX swaps_open ON swaps (seq) WHERE expires_at IS NULL;
CREATE INDEX swaps_by_expiry ON swaps (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX swaps_by_client ON swaps (client, seq);
CREATE INDEX swaps_by_modelslab_id ON swaps (modelslab_id) WHERE modelslab_id IS NOT NULL;
CREATE INDEX claims_by_swap ON claims (swap_id);
CREATE INDEX callbacks_by_due ON callbacks (due_at);
INSERT INTO keyv (key, value, expires) VALUES ('pending:00000000-0000-4000-8000-000000000001', '{"value":{"id":"00000000-0000-4000-8000-000000000001","client":"ada","request":{"initImage":"https://images.example.com/1-init.jpg","targetImage":"https://images.example.com/1-target.jpg","referenceImage":"https://images.example.com/1-reference.jpg","watermark":true},"status":"QUEUED","createdAt":1767225600000,"updatedAt":1767225600000},"expires":4318799408166}', 4318799408166);
INSERT INTO keyv (key, value, expires) VALUES ('pending:00000000-0000-4000-8000-000000000002', '{"value":{"id":"00000000-0000-4000-8000-000000000002","client":"ada","request":{"initImage":"https://images.example.com/2-init.jpg","targetImage":"https://images.example.com/2-target.jpg","referenceImage":"https://images.example.com/2-reference.jpg","watermark":true},"status":"PROCESSING","modelsLabId":"77","submittedAt":1767225600000,"createdAt":1767225600000,"updatedAt":1767225600000},"expires":4318799408167}', 4318799408167);
INSERT INTO keyv (key, value, expires) VALUES ('ended:00000000-0000-4000-8000-000000000003', '{"value":{"id":"00000000-0000-4000-8000-000000000003","client":"bob","request":{"initImage":"https://images.example.com/3-init.jpg","targetImage":"https://images.example.com/3-target.jpg","referenceImage":"https://images.example.com/3-reference.jpg","watermark":true},"status":"SUCCEEDED","modelsLabId":"78","result":{"output":["https://files.example.com/3.jpg"],"proxyLinks":[]},"createdAt":1767225600000,"updatedAt":1767225600000,"completedAt":1767225600000,"expiresAt":4102444800000},"expires":4130965808168}', 4130965808168);
INSERT INTO swaps (seq, id, client, created_at, modelslab_id, expires_at) VALUES (1, '00000000-0000-4000-8000-000000000001', 'ada', 1767225600000, NULL, NULL);
INSERT INTO swaps (seq, id, client, created_at, modelslab_id, expires_at) VALUES (2, '00000000-0000-4000-8000-000000000002', 'ada', 1767225600000, '77', NULL);
INSERT INTO swaps (seq, id, client, created_at, modelslab_id, expires_at) VALUES (3, '00000000-0000-4000-8000-000000000003', 'bob', 1767225600000, '78', 4102444800000);
INSERT INTO claims (client, kind, value, swap_id, fingerprint) VALUES ('ada', 'input', 'two', '00000000-0000-4000-8000-000000000002', 'print of 00000000-0000-4000-8000-000000000002');
INSERT INTO claims (client, kind, value, swap_id, fingerprint) VALUES ('ada', 'key', 'first', '00000000-0000-4000-8000-000000000001', 'print of 00000000-0000-4000-8000-000000000001');
INSERT INTO claims (client, kind, value, swap_id, fingerprint) VALUES ('bob', 'input', 'three', '00000000-0000-4000-8000-000000000003', 'print of 00000000-0000-4000-8000-000000000003');
INSERT INTO claims (client, kind, value, swap_id, fingerprint) VALUES ('bob', 'key', 'third', '00000000-0000-4000-8000-000000000003', 'print of 00000000-0000-4000-8000-000000000003');
INSERT INTO callbacks (swap_id, attempts, due_at) VALUES ('00000000-0000-4000-8000-000000000003', 0, 1767225600000);
