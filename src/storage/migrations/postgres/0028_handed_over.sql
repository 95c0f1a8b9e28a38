-- The one connection beside those that its visitor begins, which a setup link goes on with, where whoever made it named one.
ALTER TABLE links ADD COLUMN connection_id TEXT;
-- Who claimed a domain: whoever came by a setup link has to do with claims of that link alone.
ALTER TABLE domains ADD COLUMN created_by TEXT;
UPDATE domains SET created_by =
    (SELECT MIN(actor) FROM events WHERE events.account_id = domains.account_id AND events.action = 'domain.added'
        AND events.target = domains.id);
