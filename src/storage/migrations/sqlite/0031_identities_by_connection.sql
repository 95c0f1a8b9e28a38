-- How many people come by a connection. Where nearly everybody comes by one, SQLite would go through all identities to find
-- that nobody comes by another.
CREATE INDEX identities_by_connection ON identities (connection_id, user_id);
