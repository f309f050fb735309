-- Links in reminders that extend a move or end it, each good once.

CREATE TABLE move_link (
	row_id     INTEGER PRIMARY KEY,
	move_id    TEXT NOT NULL,
	action     INTEGER NOT NULL,            -- enum move_link_action
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	used_at    INTEGER NOT NULL             -- 0: not yet
) STRICT;
CREATE INDEX move_link_expires_at ON move_link (expires_at);

-- What the links are signed with.
CREATE TABLE move_link_key (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
