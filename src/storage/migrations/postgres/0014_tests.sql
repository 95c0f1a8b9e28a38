-- Test sign-ins are few among millions: the last one of a connection is found without reading the others.
CREATE INDEX attempts_tests ON attempts (account_id, connection_id, id) WHERE purpose = 'test';
