-- Signing keys that take over from one another by time, and the data keys, which the master key seals.
-- Global table: data_keys.

ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signing_keys ADD COLUMN generation INTEGER;
ALTER TABLE signing_keys ADD COLUMN published INTEGER NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX signing_keys_by_generation ON signing_keys (pool_id, algorithm, generation);

CREATE TABLE data_keys (
  name TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (name)
);
