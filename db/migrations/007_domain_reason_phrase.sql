-- The words of a domain's 480; '': those of RFC 3261.

ALTER TABLE domain ADD COLUMN unavailable_phrase TEXT NOT NULL DEFAULT '';
