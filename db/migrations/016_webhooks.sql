-- Who is told of changes, what they are told, and what became of it. An event
-- and its deliveries are written with the change itself. Times are Unix
-- milliseconds, UTC.

CREATE TABLE webhook_endpoint (
	row_id          INTEGER PRIMARY KEY,
	id              TEXT NOT NULL UNIQUE,
	url             TEXT NOT NULL,
	description     TEXT NOT NULL,
	events          TEXT NOT NULL,          -- patterns, a blank between two
	enabled         INTEGER NOT NULL,
	paused          INTEGER NOT NULL,
	disabled_reason INTEGER NOT NULL,       -- enum webhook_disabled
	secret          BLOB NOT NULL,
	old_secret      BLOB,
	old_until       INTEGER NOT NULL DEFAULT 0,
	signing_seed    BLOB,                   -- Ed25519; NULL: none
	ca_pem          TEXT,                   -- NULL: the system's
	failures        INTEGER NOT NULL DEFAULT 0,  -- in a row
	failing_since   INTEGER NOT NULL DEFAULT 0,  -- 0: it is not
	probe_at        INTEGER NOT NULL DEFAULT 0,  -- not before, after many
	created_at      INTEGER NOT NULL,
	updated_at      INTEGER NOT NULL,
	revision        INTEGER NOT NULL
) STRICT;

CREATE TABLE webhook_event (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	type       TEXT NOT NULL,
	object_id  TEXT NOT NULL,               -- '': of no object
	revision   INTEGER NOT NULL,
	body       TEXT NOT NULL,               -- JSON, the same at each attempt
	created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX webhook_event_once ON webhook_event (object_id, revision, type)
	WHERE object_id <> '';
CREATE INDEX webhook_event_created_at ON webhook_event (created_at);

CREATE TABLE webhook_delivery (
	row_id          INTEGER PRIMARY KEY,
	id              TEXT NOT NULL UNIQUE,
	event_id        INTEGER NOT NULL REFERENCES webhook_event (row_id) ON DELETE CASCADE,
	endpoint_id     INTEGER NOT NULL REFERENCES webhook_endpoint (row_id) ON DELETE CASCADE,
	status          INTEGER NOT NULL,       -- enum webhook_status
	tries           INTEGER NOT NULL,       -- along the schedule
	attempts        INTEGER NOT NULL,       -- ever
	next_attempt_at INTEGER NOT NULL,
	created_at      INTEGER NOT NULL,
	updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint_id, next_attempt_at)
	WHERE status = 0;
CREATE INDEX webhook_delivery_endpoint ON webhook_delivery (endpoint_id, id);
CREATE INDEX webhook_delivery_event ON webhook_delivery (event_id);
CREATE INDEX webhook_delivery_dead ON webhook_delivery (id) WHERE status = 2;
CREATE INDEX webhook_delivery_updated_at ON webhook_delivery (updated_at);

CREATE TABLE webhook_attempt (
	delivery_id INTEGER NOT NULL REFERENCES webhook_delivery (row_id) ON DELETE CASCADE,
	number      INTEGER NOT NULL,
	at          INTEGER NOT NULL,
	status      INTEGER NOT NULL,           -- of HTTP; 0: there was no answer
	duration_ms INTEGER NOT NULL,
	error       TEXT NOT NULL,              -- '': it was answered
	excerpt     TEXT NOT NULL,              -- of the answer's body
	PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

-- How far what comes by itself was told: moves that begin and end, calls.
CREATE TABLE webhook_position (
	name     TEXT PRIMARY KEY,
	value    INTEGER NOT NULL,
	after_id TEXT NOT NULL                  -- of those with the same value
) STRICT, WITHOUT ROWID;

-- Moves are told of in this order.
DROP INDEX move_ends_at;
CREATE INDEX move_ends_at ON move (ends_at, id) WHERE cancelled_at = 0;
