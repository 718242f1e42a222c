-- Whether whoever holds the link typed the right password to get it.
ALTER TABLE sign_in_links ADD COLUMN proven BIGINT NOT NULL DEFAULT 0;
