-- What an ACME authority gave: accounts and certificates, sealed, and answers to its challenges.
CREATE TABLE acme_accounts (
    directory TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
);

CREATE TABLE acme_certificates (
    directory TEXT NOT NULL,
    host TEXT NOT NULL,
    -- Certificate and key, once there are some.
    sealed BLOB,
    -- Orders that failed since the last that did not.
    failures BIGINT NOT NULL,
    -- When the next may be asked for; set ahead by whoever asks.
    due BIGINT NOT NULL,
    PRIMARY KEY (directory, host)
);

CREATE TABLE acme_answers (
    token TEXT NOT NULL PRIMARY KEY,
    answer TEXT NOT NULL,
    expires BIGINT NOT NULL
);
