-- The one connection beside those that its visitor begins, which a setup link goes on with, where whoever made it named one.
ALTER TABLE links ADD COLUMN connection_id TEXT;
-- Who claimed a domain: whoever came by a setup link has to do with claims of that link alone.
ALTER TABLE domains ADD COLUMN created_by TEXT;
-- Events are read once: there may be millions of them, and none is found by what it is about.
UPDATE domains SET created_by = added.actor
    FROM (SELECT account_id, target, MIN(actor) AS actor FROM events WHERE action = 'domain.added'
        GROUP BY account_id, target) added
    WHERE added.account_id = domains.account_id AND added.target = domains.id;
