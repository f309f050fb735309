-- What another system calls a user: an employee number, a Slack user id.
ALTER TABLE user ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX user_external_id ON user (external_id)
	WHERE external_id <> '';
CREATE INDEX user_email ON user (email COLLATE NOCASE) WHERE email <> '';

-- RFC 5545 3.8.7.4, of a move that came from a calendar: an older version of
-- its event does not undo a newer one.
ALTER TABLE move ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
