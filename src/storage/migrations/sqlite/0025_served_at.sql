-- When it was last started under an address: the one of now is known by that, whatever address a command is given.
ALTER TABLE public_urls ADD COLUMN served_at INTEGER NOT NULL DEFAULT 0;
