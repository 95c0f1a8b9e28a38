-- Certificates are named by their connection as well by now: who was told of an end under its former name was told of it.
INSERT INTO deadline_notices (account_id, notice_key, days, ends_at, told_at)
    SELECT n.account_id, 'idp_certificate/' || c.id || ':' || substr(n.notice_key, 17), n.days, n.ends_at, n.told_at
    FROM deadline_notices n
    JOIN idp_keys k ON k.account_id = n.account_id AND n.notice_key LIKE 'idp_certificate/' || k.spki_sha256 || '/%'
    JOIN connections c ON c.account_id = k.account_id AND c.id = k.connection_id
    WHERE n.notice_key LIKE 'idp_certificate/%'
    ON CONFLICT (account_id, notice_key, days) DO NOTHING;
INSERT INTO deadline_notices (account_id, notice_key, days, ends_at, told_at)
    SELECT n.account_id, 'sp_certificate/' || c.id || ':' || substr(n.notice_key, 16), n.days, n.ends_at, n.told_at
    FROM deadline_notices n
    JOIN sp_keys k ON k.account_id = n.account_id AND n.notice_key LIKE 'sp_certificate/' || k.id || '/%'
    JOIN connections c ON c.account_id = k.account_id AND c.service_provider_id = k.service_provider_id
    WHERE n.notice_key LIKE 'sp_certificate/%'
    ON CONFLICT (account_id, notice_key, days) DO NOTHING;
