-- The first schema. Types are INTEGER, TEXT and BLOB; times are milliseconds since 1970; ids are 16 bytes; *_key columns are folded in Rust.
-- Global tables: revision, pools. Every other table's key starts with the pool.

CREATE TABLE revision (
  id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (id)
);
INSERT INTO revision (id, number) VALUES (1, 1);

CREATE TABLE pools (
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  is_first INTEGER NOT NULL,
  settings TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX pools_by_name ON pools (name);

CREATE TABLE signing_keys (
  pool_id BLOB NOT NULL,
  kid TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, algorithm, kid)
);

CREATE TABLE clients (
  pool_id BLOB NOT NULL,
  client_id TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  settings TEXT NOT NULL,
  secret_hash BLOB,
  secret_sealed BLOB,
  previous_secret_hash BLOB,
  previous_secret_until INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, client_id)
);

CREATE TABLE logos (
  pool_id BLOB NOT NULL,
  client_id TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (pool_id, client_id)
);

CREATE TABLE users (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  enabled INTEGER NOT NULL,
  password_hash TEXT,
  profile TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, id)
);

CREATE TABLE identifiers (
  pool_id BLOB NOT NULL,
  identifier_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  user_id BLOB NOT NULL,
  PRIMARY KEY (pool_id, identifier_key)
);
CREATE INDEX identifiers_by_user ON identifiers (pool_id, user_id);

CREATE TABLE browsers (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  secret_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, id)
);
CREATE INDEX browsers_by_expiry ON browsers (pool_id, expires_at);

CREATE TABLE sessions (
  pool_id BLOB NOT NULL,
  browser_id BLOB NOT NULL,
  id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  sid TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  amr TEXT NOT NULL,
  acr TEXT NOT NULL,
  remembered INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (pool_id, browser_id, id)
);
CREATE UNIQUE INDEX sessions_by_id ON sessions (pool_id, id);
CREATE INDEX sessions_by_user ON sessions (pool_id, user_id);
CREATE INDEX sessions_by_expiry ON sessions (pool_id, expires_at);

CREATE TABLE consents (
  pool_id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  claims TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, user_id, client_id)
);

CREATE TABLE tickets (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  client_id TEXT,
  user_id BLOB,
  session_id BLOB,
  grant_id BLOB,
  browser_id BLOB,
  browser_hash BLOB,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  consumed_at INTEGER,
  PRIMARY KEY (pool_id, id)
);
CREATE INDEX tickets_by_expiry ON tickets (pool_id, expires_at);

CREATE TABLE grants (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  client_id TEXT NOT NULL,
  user_id BLOB NOT NULL,
  session_id BLOB NOT NULL,
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
CREATE INDEX grants_by_user ON grants (pool_id, user_id);
CREATE INDEX grants_by_session ON grants (pool_id, session_id);
CREATE INDEX grants_by_expiry ON grants (pool_id, expires_at);

CREATE TABLE access_tokens (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  secret_hash BLOB NOT NULL,
  grant_id BLOB NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, id)
);
CREATE INDEX access_tokens_by_expiry ON access_tokens (pool_id, expires_at);

CREATE TABLE throttles (
  pool_id BLOB NOT NULL,
  counter BLOB NOT NULL,
  failures INTEGER NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (pool_id, counter)
);
CREATE INDEX throttles_by_age ON throttles (pool_id, since);

CREATE TABLE audit (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  client_id TEXT,
  user_id BLOB,
  network TEXT,
  detail TEXT NOT NULL,
  PRIMARY KEY (pool_id, id)
);

CREATE TABLE refusals (
  pool_id BLOB NOT NULL,
  minute INTEGER NOT NULL,
  cause TEXT NOT NULL,
  client_id TEXT NOT NULL,
  network TEXT NOT NULL,
  times INTEGER NOT NULL,
  PRIMARY KEY (pool_id, minute, cause, client_id, network)
);
