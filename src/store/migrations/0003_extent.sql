-- What a grant allows besides scopes: single claims, API resources, the key its tokens are bound to.
ALTER TABLE grants ADD COLUMN extent TEXT NOT NULL DEFAULT '{}';
