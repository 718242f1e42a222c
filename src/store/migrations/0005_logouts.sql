-- A session may open clients of several issuers; who was opened is told when it ends.
CREATE TABLE opened_under (
    session_id TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    -- Of a client; empty for a route.
    issuer     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    first      BIGINT NOT NULL,
    PRIMARY KEY (session_id, kind, issuer, name)
);
INSERT INTO opened_under (session_id, kind, issuer, name, first)
    SELECT o.session_id, o.kind, COALESCE((SELECT MIN(g.issuer) FROM grants AS g
        WHERE o.kind = 'client' AND g.session_id = o.session_id AND g.client = o.name), ''),
        o.name, o.first FROM opened AS o;
DROP TABLE opened;
ALTER TABLE opened_under RENAME TO opened;

-- Logout tokens that are to be sent. A row is written with the end of its session and goes when the
-- client has it; whoever takes one on moves it ahead in time and counts up, so that nobody else does.
CREATE TABLE logouts (
    session_id TEXT   NOT NULL,
    issuer     TEXT   NOT NULL,
    client     TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    ended      BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    PRIMARY KEY (session_id, issuer, client)
);
CREATE INDEX logouts_due ON logouts (issuer, client, due);

-- Finds those that end by themselves.
CREATE INDEX sessions_alive ON sessions (last_seen) WHERE ended IS NULL;
