-- Who registers takes the issuer's turn first, so that two nodes never count the same places.
CREATE TABLE registrations (
    issuer TEXT   NOT NULL PRIMARY KEY,
    turn   BIGINT NOT NULL
);
