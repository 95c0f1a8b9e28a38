-- What was refused on the way to somebody who is known is found with them; sign-ins that went well pay nothing for it.
CREATE INDEX attempts_refused_by_user ON attempts (account_id, user_id, id)
    WHERE outcome = 'refused' AND user_id IS NOT NULL;
