-- Where browsers have ever found this installation: identity providers may still post to an address of before.
CREATE TABLE public_urls (
    url        TEXT    NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;
