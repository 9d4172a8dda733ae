-- An audit trail that can be trusted: who did it and to what, the number and running digest of each row, and the seals over them.
-- Global table: leases.

ALTER TABLE audit ADD COLUMN actor TEXT;
ALTER TABLE audit ADD COLUMN target TEXT;
ALTER TABLE audit ADD COLUMN request_id BLOB;
ALTER TABLE audit ADD COLUMN cause TEXT;
ALTER TABLE audit ADD COLUMN mark BLOB;
ALTER TABLE audit ADD COLUMN number INTEGER;
ALTER TABLE audit ADD COLUMN link BLOB;
CREATE UNIQUE INDEX audit_by_number ON audit (pool_id, number) WHERE number IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (pool_id, id) WHERE number IS NULL;
CREATE INDEX audit_by_user ON audit (pool_id, user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_by_client ON audit (pool_id, client_id, id) WHERE client_id IS NOT NULL;

CREATE TABLE audit_seals (
  pool_id BLOB NOT NULL,
  first_number INTEGER NOT NULL,
  last_number INTEGER NOT NULL,
  link BLOB NOT NULL,
  oldest_at INTEGER NOT NULL,
  newest_at INTEGER NOT NULL,
  sealed_at INTEGER NOT NULL,
  removed_at INTEGER,
  public_key BLOB NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (pool_id, first_number)
);

CREATE TABLE leases (
  name TEXT NOT NULL,
  holder BLOB NOT NULL,
  until_at INTEGER NOT NULL,
  PRIMARY KEY (name)
);
