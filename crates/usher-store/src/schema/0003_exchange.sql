-- A grant that a token was exchanged for hangs on the grant of that token.

ALTER TABLE grants ADD COLUMN parent_id BLOB;
CREATE INDEX tickets_by_user ON tickets (pool_id, user_id);
