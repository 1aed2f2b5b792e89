-- A database with version 1 of the tables and records without a version, which were introduced later.
-- Expiry times were moved to the year 2100.
CREATE TABLE pending (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
CREATE INDEX pending_by_expiry ON pending (expires) WHERE expires IS NOT NULL;
INSERT INTO pending (key, value, expires) VALUES ('00000000-0000-4000-8000-000000000001', '{"value":{"id":"00000000-0000-4000-8000-000000000001","client":"ada","request":{"initImage":"https://images.example.com/init.jpg","targetImage":"https://images.example.com/target.jpg","referenceImage":"https://images.example.com/reference.jpg","watermark":true,"trackId":7,"webhook":"https://client.example.com/hook","consent":true},"status":"QUEUED","createdAt":1790000000000,"updatedAt":1790000000000},"expires":4102444800000}', 4102444800000);
INSERT INTO pending (key, value, expires) VALUES ('00000000-0000-4000-8000-000000000002', '{"value":{"id":"00000000-0000-4000-8000-000000000002","client":"ada","request":{"initImage":"https://images.example.com/init.jpg","targetImage":"https://images.example.com/target.jpg","referenceImage":"https://images.example.com/reference.jpg","watermark":true},"status":"QUEUED","createdAt":1790000000000,"updatedAt":1790000000001,"submittingSince":1790000000001},"expires":4102444800000}', 4102444800000);
INSERT INTO pending (key, value, expires) VALUES ('00000000-0000-4000-8000-000000000003', '{"value":{"id":"00000000-0000-4000-8000-000000000003","client":"bob","request":{"initImage":"https://images.example.com/init.jpg","targetImage":"https://images.example.com/target.jpg","referenceImage":"https://images.example.com/reference.jpg","watermark":false},"status":"PROCESSING","createdAt":1790000000000,"updatedAt":1790000000002,"modelsLabId":"77","submittedAt":1790000000001,"estimatedCompletionAt":1790000009002},"expires":4102444800000}', 4102444800000);
CREATE TABLE ended (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
CREATE INDEX ended_by_expiry ON ended (expires) WHERE expires IS NOT NULL;
INSERT INTO ended (key, value, expires) VALUES ('00000000-0000-4000-8000-000000000004', '{"value":{"id":"00000000-0000-4000-8000-000000000004","client":"bob","request":{"initImage":"https://images.example.com/init.jpg","targetImage":"https://images.example.com/target.jpg","referenceImage":"https://images.example.com/reference.jpg","watermark":true,"webhook":"https://client.example.com/hook"},"status":"SUCCEEDED","modelsLabId":"78","result":{"output":["https://files.example.com/78.jpg"],"proxyLinks":["https://proxy.example.com/78.jpg"],"generationTime":2.5,"meta":{"seed":7,"temporary":false,"filePrefix":"::odd \"name\"","watermark":true}},"createdAt":1790000000000,"updatedAt":1790000000003,"completedAt":1790000000003,"expiresAt":4102444800000},"expires":4102444800000}', 4102444800000);
INSERT INTO ended (key, value, expires) VALUES ('00000000-0000-4000-8000-000000000005', '{"value":{"id":"00000000-0000-4000-8000-000000000005","client":"bob","request":{"initImage":"https://images.example.com/init.jpg","targetImage":"https://images.example.com/target.jpg","referenceImage":"https://images.example.com/reference.jpg","watermark":true},"status":"FAILED","error":{"code":"NO_FACE_FOUND","message":"No face was found in the picture.","retryable":false},"createdAt":1790000000000,"updatedAt":1790000000003,"completedAt":1790000000003,"expiresAt":4102444800000},"expires":4102444800000}', 4102444800000);
CREATE TABLE swaps (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      client TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      modelslab_id TEXT,
      expires_at INTEGER -- NULL: not ended yet
    );
CREATE INDEX swaps_open ON swaps (seq) WHERE expires_at IS NULL;
CREATE INDEX swaps_by_expiry ON swaps (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX swaps_by_client ON swaps (client, seq);
CREATE INDEX swaps_by_modelslab_id ON swaps (modelslab_id) WHERE modelslab_id IS NOT NULL;
INSERT INTO swaps (seq, id, client, created_at, modelslab_id, expires_at) VALUES (1, '00000000-0000-4000-8000-000000000001', 'ada', 1790000000000, NULL, NULL);
INSERT INTO swaps (seq, id, client, created_at, modelslab_id, expires_at) VALUES (2, '00000000-0000-4000-8000-000000000002', 'ada', 1790000000000, NULL, NULL);
INSERT INTO swaps (seq, id, client, created_at, modelslab_id, expires_at) VALUES (3, '00000000-0000-4000-8000-000000000003', 'bob', 1790000000000, '77', NULL);
INSERT INTO swaps (seq, id, client, created_at, modelslab_id, expires_at) VALUES (4, '00000000-0000-4000-8000-000000000004', 'bob', 1790000000000, '78', 4102444800000);
INSERT INTO swaps (seq, id, client, created_at, modelslab_id, expires_at) VALUES (5, '00000000-0000-4000-8000-000000000005', 'bob', 1790000000000, NULL, 4102444800000);
CREATE TABLE claims (
      client TEXT NOT NULL,
      kind TEXT NOT NULL,
      value TEXT NOT NULL,
      swap_seq INTEGER NOT NULL REFERENCES swaps ON DELETE CASCADE, -- grows, where an id would be written all over the index
      fingerprint TEXT NOT NULL,
      PRIMARY KEY (client, kind, value)
    ) WITHOUT ROWID;
CREATE INDEX claims_by_swap ON claims (swap_seq);
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('ada', 'input', 'input of 00000000-0000-4000-8000-000000000001', 1, 'print-of-00000000-0000-4000-8000-000000000001');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('ada', 'input', 'input of 00000000-0000-4000-8000-000000000002', 2, 'print-of-00000000-0000-4000-8000-000000000002');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('ada', 'key', 'key 1', 1, 'print-of-00000000-0000-4000-8000-000000000001');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('ada', 'key', 'key 2', 2, 'print-of-00000000-0000-4000-8000-000000000002');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('bob', 'input', 'input of 00000000-0000-4000-8000-000000000003', 3, 'print-of-00000000-0000-4000-8000-000000000003');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('bob', 'input', 'input of 00000000-0000-4000-8000-000000000004', 4, 'print-of-00000000-0000-4000-8000-000000000004');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('bob', 'input', 'input of 00000000-0000-4000-8000-000000000005', 5, 'print-of-00000000-0000-4000-8000-000000000005');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('bob', 'key', 'key 3', 3, 'print-of-00000000-0000-4000-8000-000000000003');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('bob', 'key', 'key 4', 4, 'print-of-00000000-0000-4000-8000-000000000004');
INSERT INTO claims (client, kind, value, swap_seq, fingerprint) VALUES ('bob', 'key', 'key 5', 5, 'print-of-00000000-0000-4000-8000-000000000005');
CREATE TABLE callbacks (swap_id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL);
CREATE INDEX callbacks_by_due ON callbacks (due_at);
INSERT INTO callbacks (swap_id, attempts, due_at) VALUES ('00000000-0000-4000-8000-000000000004', 2, 1790000065000);
PRAGMA user_version = 1;
