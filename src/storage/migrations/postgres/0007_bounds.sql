-- The database itself refuses rows across accounts; what is swept is found by an index, a few hundred rows at a time.

-- Who signed in when is what their sessions say; a column that nobody wrote said nothing.
ALTER TABLE users DROP COLUMN last_sign_in_at;

-- A service provider that several accounts share will need a rule of its own; there is none yet.
ALTER TABLE service_providers ADD UNIQUE (account_id, id);
ALTER TABLE sp_keys ADD FOREIGN KEY (account_id, service_provider_id) REFERENCES service_providers (account_id, id);
ALTER TABLE connections ADD FOREIGN KEY (account_id, service_provider_id) REFERENCES service_providers (account_id, id);
ALTER TABLE consumed_requests ADD FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id);
ALTER TABLE replays ADD FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id);
ALTER TABLE sessions ADD FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id);
ALTER TABLE attempt_overflows ADD FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id);

-- Ids are in the order of time, so one index lists attempts and holds their messages to them.
DROP INDEX attempts_by_connection;
DROP INDEX attempts_by_day;
ALTER TABLE attempts ADD UNIQUE (account_id, connection_id, id);
ALTER TABLE attempts ADD FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id);
ALTER TABLE attempt_messages ADD FOREIGN KEY (account_id, connection_id, attempt_id)
    REFERENCES attempts (account_id, connection_id, id);
-- Only refused attempts are ever dropped; they are few beside the others, as are tests.
CREATE INDEX attempts_refused ON attempts (day) WHERE outcome = 'refused';
CREATE INDEX attempts_tested ON attempts (account_id, connection_id, revision) WHERE outcome = 'tested';

CREATE INDEX attempt_overflows_by_minute ON attempt_overflows (minute);
CREATE INDEX changes_by_moment ON changes (at);
