-- What people sign in to apps with that know only names and passwords: sealed, by person and route.
CREATE TABLE app_credentials (
    user_id TEXT   NOT NULL,
    route   TEXT   NOT NULL,
    sealed  BLOB   NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (user_id, route)
);
