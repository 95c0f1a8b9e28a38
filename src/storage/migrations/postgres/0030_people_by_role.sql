-- Who has a say in an account are few, and found without reading everybody; a member's sign-in pays nothing for it.
CREATE INDEX users_by_role ON users (account_id, role, id) WHERE role <> 'member';
