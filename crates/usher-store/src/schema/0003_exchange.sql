-- A grant that a token was exchanged for hangs on the grant of that token.

ALTER TABLE grants ADD COLUMN parent_id BLOB;
