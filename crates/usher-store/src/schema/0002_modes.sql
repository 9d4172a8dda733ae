-- What the other modes need: programmatic access accounts, tokens without a person, grants without a session, revoked tokens that no grant
-- decides about, and keys that take over from others.

CREATE TABLE access_keys (
  pool_id BLOB NOT NULL,
  access_key TEXT NOT NULL,
  client_id TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  previous_secret_hash BLOB,
  previous_secret_until INTEGER,
  enabled INTEGER NOT NULL,
  label TEXT NOT NULL,
  scope TEXT NOT NULL,
  access_token_lifetime INTEGER,
  last_used_at INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, access_key)
);
CREATE INDEX access_keys_by_client ON access_keys (pool_id, client_id, access_key);

CREATE TABLE denied_tokens (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, id)
);
CREATE INDEX denied_tokens_by_expiry ON denied_tokens (pool_id, expires_at);

ALTER TABLE clients ADD COLUMN previous_secret_sealed BLOB;
ALTER TABLE signing_keys ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0;

CREATE TABLE grants_of_all_modes (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  client_id TEXT NOT NULL,
  user_id BLOB NOT NULL,
  session_id BLOB,
  offline INTEGER NOT NULL,
  payload TEXT NOT NULL,
  generation INTEGER NOT NULL,
  salt BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  idle_expires_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (pool_id, id)
);
INSERT INTO grants_of_all_modes (pool_id, id, client_id, user_id, session_id, offline, payload, generation, salt, created_at, rotated_at, idle_expires_at, expires_at, revoked_at)
  SELECT pool_id, id, client_id, user_id, session_id, offline, payload, generation, salt, created_at, rotated_at, idle_expires_at, expires_at, revoked_at FROM grants;
DROP TABLE grants;
ALTER TABLE grants_of_all_modes RENAME TO grants;
CREATE INDEX grants_by_user ON grants (pool_id, user_id);
CREATE INDEX grants_by_session ON grants (pool_id, session_id);
CREATE INDEX grants_by_client ON grants (pool_id, client_id);
CREATE INDEX grants_by_expiry ON grants (pool_id, expires_at);

CREATE TABLE access_tokens_of_all_modes (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  secret_hash BLOB NOT NULL,
  grant_id BLOB,
  client_id TEXT,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, id)
);
INSERT INTO access_tokens_of_all_modes (pool_id, id, secret_hash, grant_id, payload, created_at, expires_at)
  SELECT pool_id, id, secret_hash, grant_id, payload, created_at, expires_at FROM access_tokens;
DROP TABLE access_tokens;
ALTER TABLE access_tokens_of_all_modes RENAME TO access_tokens;
CREATE INDEX access_tokens_by_expiry ON access_tokens (pool_id, expires_at);
