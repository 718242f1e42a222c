-- When a client registered itself, and when it was first used; nothing for clients of operators.
ALTER TABLE clients ADD COLUMN registered BIGINT;
ALTER TABLE clients ADD COLUMN used BIGINT;
CREATE INDEX clients_registered ON clients (issuer, registered);

-- What lets an app register itself, so many times.
CREATE TABLE initial_tokens (
    id      TEXT   NOT NULL PRIMARY KEY,
    hash    BLOB   NOT NULL UNIQUE,
    issuer  TEXT   NOT NULL,
    uses    BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    created BIGINT NOT NULL
);
