-- Grows whenever what a person could sign in with is taken away or replaced.
ALTER TABLE users ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
