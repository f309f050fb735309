-- Whose address it was that somebody else changed: the id of a user; '': one's
-- own, or nobody's.
ALTER TABLE audit ADD COLUMN foreign_owner TEXT NOT NULL DEFAULT '';

-- What a log-in clears away.
CREATE INDEX session_expires ON session (expires_at);
