-- What is pasted is looked for among all accounts.
CREATE INDEX connections_by_idp_entity_id ON connections (idp_entity_id);
