-- What other systems send in: where from, how it is checked, what becomes of
-- it. Times are Unix milliseconds, UTC.

CREATE TABLE inbound_source (
	row_id         INTEGER PRIMARY KEY,
	id             TEXT NOT NULL UNIQUE,
	slug           TEXT NOT NULL UNIQUE,    -- of POST /hooks/{slug}
	name           TEXT NOT NULL UNIQUE,
	note           TEXT NOT NULL,
	kind           TEXT NOT NULL,           -- how it is checked
	enabled        INTEGER NOT NULL,
	-- What signatures are checked with; of a bearer token, its SHA-256.
	secret         TEXT NOT NULL,
	header         TEXT NOT NULL,           -- these four: kind 'hmac'
	prefix         TEXT NOT NULL,
	encoding       TEXT NOT NULL,
	algorithm      TEXT NOT NULL,
	window_seconds INTEGER NOT NULL,
	dedupe_header  TEXT NOT NULL,           -- '': none
	dedupe_pointer TEXT NOT NULL,           -- '': none
	on_conflict    TEXT NOT NULL,
	mapping        TEXT NOT NULL,           -- JSON
	created_at     INTEGER NOT NULL,
	updated_at     INTEGER NOT NULL,
	revision       INTEGER NOT NULL
) STRICT;

-- The latest of each source.
CREATE TABLE inbound_event (
	row_id       INTEGER PRIMARY KEY,
	id           TEXT NOT NULL UNIQUE,
	source_id    INTEGER NOT NULL
		REFERENCES inbound_source (row_id) ON DELETE CASCADE,
	received_at  INTEGER NOT NULL,
	peer         TEXT NOT NULL,
	content_type TEXT NOT NULL,
	dedupe_key   TEXT NOT NULL,             -- '': none
	verified     INTEGER NOT NULL,
	outcome      TEXT NOT NULL,
	status       INTEGER NOT NULL,          -- answered; 0: not yet
	result       TEXT NOT NULL,             -- JSON; '': none yet
	body         BLOB NOT NULL              -- the beginning, if not verified
) STRICT;
CREATE INDEX inbound_event_source ON inbound_event (source_id, row_id);

-- What was done once is not done again: outlives the events.
CREATE TABLE inbound_receipt (
	row_id      INTEGER PRIMARY KEY,
	source_id   INTEGER NOT NULL
		REFERENCES inbound_source (row_id) ON DELETE CASCADE,
	dedupe_key  TEXT NOT NULL,
	body_sha256 BLOB NOT NULL,
	result      TEXT NOT NULL,
	received_at INTEGER NOT NULL,
	UNIQUE (source_id, dedupe_key)
) STRICT;
CREATE INDEX inbound_receipt_source ON inbound_receipt (source_id, row_id);
