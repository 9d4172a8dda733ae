-- Sums of refusals are sealed span by span, into the audit trail: up to where. And of people that the configuration declares, by which
-- login name it does, and a digest of what it said when it was applied last.

ALTER TABLE pools ADD COLUMN refusals_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN declared_as TEXT;
ALTER TABLE users ADD COLUMN declared BLOB;
CREATE INDEX users_declared ON users (pool_id, declared_as) WHERE declared_as IS NOT NULL;
