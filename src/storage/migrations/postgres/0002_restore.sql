-- When the database was put back from a backup: what was issued before is not accepted, since the rows that would tell
-- whether it was used may be missing.
ALTER TABLE installation ADD COLUMN restored_at BIGINT;
