-- Identity providers may know several connections by one entity ID and one address, of a product that was there before.
-- What must be one of a kind is who speaks to whom: no two connections in use between the same two names, in whatever
-- accounts, so that no message for one of them could be meant for another.
-- SQLite lets go of a unique column by making the table anew.

CREATE TABLE service_providers_new (
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    id          TEXT    NOT NULL PRIMARY KEY,
    entity_id   TEXT    NOT NULL,
    acs_url     TEXT    NOT NULL,
    acs_path    TEXT,
    slo_url     TEXT,
    created_at  INTEGER NOT NULL,
    UNIQUE (account_id, id)
) STRICT;
INSERT INTO service_providers_new (account_id, id, entity_id, acs_url, slo_url, created_at)
    SELECT account_id, id, entity_id, acs_url, slo_url, created_at FROM service_providers;
DROP TABLE service_providers;
ALTER TABLE service_providers_new RENAME TO service_providers;
-- acs_path is where responses arrive that do not come to the connection's own address.
CREATE INDEX service_providers_by_acs_path ON service_providers (acs_path) WHERE acs_path IS NOT NULL;

-- The entity ID of the service provider once more: a rule over two tables cannot be written down otherwise.
ALTER TABLE connections ADD COLUMN sp_entity TEXT NOT NULL DEFAULT '';
UPDATE connections SET sp_entity =
    (SELECT entity_id FROM service_providers s
     WHERE s.account_id = connections.account_id AND s.id = connections.service_provider_id);
CREATE UNIQUE INDEX connections_between ON connections (sp_entity, idp_entity_id) WHERE state <> 'retired';
