-- What somebody allowed in one tenant says nothing about another: consent is remembered per tenant,
-- '' for none. What was allowed before counts for apps that know no tenants.
CREATE TABLE tenant_consents (
    user_id TEXT   NOT NULL,
    issuer  TEXT   NOT NULL,
    client  TEXT   NOT NULL,
    tenant  TEXT   NOT NULL,
    scopes  TEXT   NOT NULL,
    given   BIGINT NOT NULL,
    PRIMARY KEY (user_id, issuer, client, tenant)
);
INSERT INTO tenant_consents (user_id, issuer, client, tenant, scopes, given)
    SELECT user_id, issuer, client, '', scopes, given FROM consents;
DROP TABLE consents;
ALTER TABLE tenant_consents RENAME TO consents;
