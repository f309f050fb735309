-- Where people go often: what an administrator offers to those who move their
-- calls.

CREATE TABLE destination (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	label      TEXT NOT NULL,
	uri        TEXT NOT NULL UNIQUE,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL
) STRICT;
