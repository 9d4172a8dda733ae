-- Sums of refusals are sealed span by span, into the audit trail: up to where.

ALTER TABLE pools ADD COLUMN refusals_until INTEGER NOT NULL DEFAULT 0;
