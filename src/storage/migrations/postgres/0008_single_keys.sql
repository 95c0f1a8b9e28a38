-- What refers to a row by its account and its id need not refer to it by its id once more.
ALTER TABLE sp_keys DROP CONSTRAINT sp_keys_service_provider_id_fkey;
ALTER TABLE connections DROP CONSTRAINT connections_service_provider_id_fkey;
ALTER TABLE attempt_messages DROP CONSTRAINT attempt_messages_attempt_id_fkey;
