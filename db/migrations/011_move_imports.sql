-- What became of each bulk import of moves, and of the rows that were not
-- taken. Only the latest imports are kept.

CREATE TABLE move_import (
	row_id      INTEGER PRIMARY KEY,
	id          TEXT NOT NULL UNIQUE,
	format      TEXT NOT NULL,          -- 'csv', 'ndjson', 'json'
	atomic      INTEGER NOT NULL,       -- all rows or none
	on_conflict INTEGER NOT NULL,       -- enum move_import_on_conflict
	complete    INTEGER NOT NULL,       -- 0: under way, or it broke off
	row_count   INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	updated     INTEGER NOT NULL,
	unchanged   INTEGER NOT NULL,
	skipped     INTEGER NOT NULL,
	failed      INTEGER NOT NULL,
	error_count INTEGER NOT NULL,       -- more than are kept, perhaps
	created_at  INTEGER NOT NULL,
	updated_at  INTEGER NOT NULL,
	created_by  TEXT NOT NULL,
	revision    INTEGER NOT NULL
) STRICT;

CREATE TABLE move_import_error (
	import_id INTEGER NOT NULL
		REFERENCES move_import (row_id) ON DELETE CASCADE,
	position  INTEGER NOT NULL,
	row       INTEGER NOT NULL,         -- 1 is the first move
	line      INTEGER NOT NULL,
	place     TEXT NOT NULL,            -- a column's name, or a JSON pointer
	code      TEXT NOT NULL,
	detail    TEXT NOT NULL,
	PRIMARY KEY (import_id, position)
) STRICT, WITHOUT ROWID;
