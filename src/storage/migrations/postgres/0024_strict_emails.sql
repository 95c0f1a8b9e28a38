-- Since when an account refuses addresses that are not verified, where a connection says nothing of them: since it proved a
-- domain. It stays when the last proof is given up or lost, which would let people in who were refused.
ALTER TABLE accounts ADD COLUMN strict_since BIGINT;
UPDATE accounts SET strict_since =
    (SELECT MIN(proved_at) FROM domains WHERE domains.account_id = accounts.id AND domains.state = 'proved');
