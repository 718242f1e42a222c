-- Forms that were sent by somebody who has to sign in again, sealed.
CREATE TABLE late_forms (
    hash       BLOB   NOT NULL PRIMARY KEY,
    session_id TEXT   NOT NULL,
    sealed     TEXT   NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX late_forms_session ON late_forms (session_id, expires);
CREATE INDEX late_forms_expires ON late_forms (expires);
