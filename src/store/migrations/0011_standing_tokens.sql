-- Tokens that stand until they expire or are revoked: a person's own, and those of services, which
-- have no user. Their texts are kept nowhere.
CREATE TABLE standing_tokens (
    id      TEXT   NOT NULL PRIMARY KEY,
    hash    BLOB   NOT NULL UNIQUE,
    user_id TEXT,
    name    TEXT   NOT NULL,
    scopes  TEXT   NOT NULL,
    routes  TEXT   NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT
);
CREATE INDEX standing_tokens_user ON standing_tokens (user_id);
CREATE INDEX standing_tokens_expires ON standing_tokens (expires);
