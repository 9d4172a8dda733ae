-- Mails that wait to be sent. A row is written in the batch of what it tells.

CREATE TABLE outbox (
  pool_id BLOB NOT NULL,
  id BLOB NOT NULL,
  letter TEXT NOT NULL,
  recipient TEXT NOT NULL,
  locale TEXT NOT NULL,
  ticket_id BLOB,
  payload TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (pool_id, id)
);
CREATE INDEX outbox_by_time ON outbox (due_at);
