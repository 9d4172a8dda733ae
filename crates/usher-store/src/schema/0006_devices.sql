-- Browsers in which somebody signed in before, a row for each person; and wrong passwords of each person, within a window and since the
-- last right one. `failures` holds rows of people only: they go with a right or a new password, or with the person.

CREATE TABLE devices (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  secret_hash BLOB NOT NULL,
  failures INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, id, user_id)
);
CREATE INDEX devices_by_user ON devices (pool_id, user_id, seen_at);
CREATE INDEX devices_by_expiry ON devices (pool_id, expires_at);

CREATE TABLE failures (
  pool_id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  failures INTEGER NOT NULL,
  since INTEGER NOT NULL,
  in_a_row INTEGER NOT NULL,
  PRIMARY KEY (pool_id, user_id)
);
