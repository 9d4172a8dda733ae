-- Pools at domains of their own; each pool's own revision beside the global one; which pools moved to another address.
-- Global table: domains.

CREATE TABLE domains (
  host TEXT NOT NULL,
  pool_id BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (host)
);
CREATE UNIQUE INDEX domains_by_pool ON domains (pool_id);

ALTER TABLE pools ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE pools ADD COLUMN moved_at INTEGER;
