-- Integers, text and blobs only, so that both engines share their statements.
-- Times are milliseconds since the Unix epoch; booleans are 0 or 1.

CREATE TABLE users (
    id         TEXT   NOT NULL PRIMARY KEY,
    login      TEXT   NOT NULL,
    username   TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    email      TEXT,
    email_verified BIGINT NOT NULL,
    user_groups TEXT  NOT NULL,
    tenants    TEXT   NOT NULL,
    attributes TEXT   NOT NULL,
    disabled   BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    updated    BIGINT NOT NULL
);

CREATE INDEX users_login ON users (login);

-- What a person may type: user names and e-mail addresses in their canonical form share one name
-- space, so that nobody's address is another's name.
CREATE TABLE logins (
    login   TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX logins_user ON logins (user_id);

CREATE TABLE passwords (
    user_id     TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    phc         TEXT   NOT NULL,
    changed     BIGINT NOT NULL,
    must_change BIGINT NOT NULL
);

-- One for each user: a newer link takes the place of the one before.
CREATE TABLE sign_in_links (
    user_id TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash    BLOB   NOT NULL UNIQUE,
    expires BIGINT NOT NULL,
    used    BIGINT
);

CREATE TABLE throttles (
    bucket TEXT   NOT NULL PRIMARY KEY,
    -- Theoretical arrival time of the generic cell rate algorithm.
    tat    BIGINT NOT NULL
);

CREATE TABLE sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    tenant     TEXT,
    auth_time  BIGINT NOT NULL,
    amr        TEXT   NOT NULL,
    user_agent TEXT   NOT NULL,
    address    TEXT,
    created    BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    ended      BIGINT
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE opened (
    session_id TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    first      BIGINT NOT NULL,
    PRIMARY KEY (session_id, kind, name)
);

CREATE TABLE spent (
    hash    BLOB   NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL
);

CREATE TABLE grants (
    id         TEXT   NOT NULL PRIMARY KEY,
    issuer     TEXT   NOT NULL,
    client     TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    session_id TEXT,
    tenant     TEXT,
    scopes     TEXT   NOT NULL,
    auth_time  BIGINT NOT NULL,
    amr        TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    rotated    BIGINT,
    revoked    BIGINT
);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_user ON grants (user_id);

CREATE TABLE consents (
    user_id TEXT   NOT NULL,
    issuer  TEXT   NOT NULL,
    client  TEXT   NOT NULL,
    scopes  TEXT   NOT NULL,
    given   BIGINT NOT NULL,
    PRIMARY KEY (user_id, issuer, client)
);

CREATE TABLE clients (
    id         TEXT   NOT NULL PRIMARY KEY,
    issuer     TEXT   NOT NULL,
    definition TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    updated    BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    id         TEXT   NOT NULL PRIMARY KEY,
    owner      TEXT   NOT NULL,
    alg        TEXT   NOT NULL,
    sealed     BLOB   NOT NULL,
    created    BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    gone       BIGINT
);

-- When the youngest key of an owner and algorithm was made: whoever moves it forward makes the next.
CREATE TABLE signing_turns (
    owner  TEXT   NOT NULL,
    alg    TEXT   NOT NULL,
    latest BIGINT NOT NULL,
    PRIMARY KEY (owner, alg)
);

CREATE TABLE events (
    writer TEXT   NOT NULL,
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    kind   TEXT   NOT NULL,
    subject TEXT  NOT NULL,
    PRIMARY KEY (writer, seq)
);
CREATE INDEX events_at ON events (at);

CREATE TABLE audit (
    id       TEXT   NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    ok       BIGINT NOT NULL,
    reason   TEXT   NOT NULL,
    user_id  TEXT,
    session_id TEXT,
    issuer   TEXT,
    client   TEXT,
    route    TEXT,
    address  TEXT,
    request  TEXT
);
CREATE INDEX audit_at ON audit (at);
