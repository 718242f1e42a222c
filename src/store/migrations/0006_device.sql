-- Requests of devices without a browser (RFC 8628): pending until a person answers.
CREATE TABLE device_codes (
    hash      BLOB   NOT NULL PRIMARY KEY,
    user_code BLOB   NOT NULL UNIQUE,
    issuer    TEXT   NOT NULL,
    client    TEXT   NOT NULL,
    request   TEXT   NOT NULL,
    pending   BIGINT NOT NULL,
    answer    TEXT   NOT NULL,
    pace      BIGINT NOT NULL,
    polled    BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX device_codes_expires ON device_codes (expires);
