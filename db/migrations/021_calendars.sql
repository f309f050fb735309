-- Calendars that users are moved by: where they are read, what came of that,
-- and which of their events were made moves. Times are Unix milliseconds, UTC.

CREATE TABLE calendar_subscription (
	row_id           INTEGER PRIMARY KEY,
	id               TEXT NOT NULL UNIQUE,
	user_id          INTEGER NOT NULL REFERENCES user (row_id) ON DELETE CASCADE,
	name             TEXT NOT NULL,
	url              TEXT NOT NULL,          -- who knows it reads the calendar
	address          TEXT NOT NULL,          -- '': the only one of the user
	target           TEXT NOT NULL,          -- '': events say it, or stay out
	time_zone        TEXT NOT NULL,          -- '': the user's
	on_conflict      TEXT NOT NULL,
	interval_seconds INTEGER NOT NULL,
	enabled          INTEGER NOT NULL,
	disabled_reason  INTEGER NOT NULL,       -- enum calendar_disabled
	next_poll_at     INTEGER NOT NULL,
	-- Of the latest answer: what the next one is to be compared with.
	etag             TEXT NOT NULL DEFAULT '',
	last_modified    TEXT NOT NULL DEFAULT '',
	last_poll_at     INTEGER NOT NULL DEFAULT 0,  -- 0: never
	last_success_at  INTEGER NOT NULL DEFAULT 0,
	last_status      INTEGER NOT NULL DEFAULT 0,  -- of HTTP; 0: no answer
	last_error       TEXT NOT NULL DEFAULT '',    -- '': none
	failures         INTEGER NOT NULL DEFAULT 0,  -- in a row
	-- Of the calendar that was read last.
	created          INTEGER NOT NULL DEFAULT 0,
	updated          INTEGER NOT NULL DEFAULT 0,
	cancelled        INTEGER NOT NULL DEFAULT 0,
	unchanged        INTEGER NOT NULL DEFAULT 0,
	skipped          INTEGER NOT NULL DEFAULT 0,
	failed           INTEGER NOT NULL DEFAULT 0,
	errors           TEXT NOT NULL DEFAULT '[]',  -- JSON; the first ones
	created_at       INTEGER NOT NULL,
	updated_at       INTEGER NOT NULL,
	revision         INTEGER NOT NULL
) STRICT;
CREATE INDEX calendar_subscription_due ON calendar_subscription (next_poll_at)
	WHERE enabled;
CREATE INDEX calendar_subscription_user ON calendar_subscription (user_id, id);

-- Events that are moves, as they were when that was written.
CREATE TABLE calendar_event (
	subscription_id INTEGER NOT NULL
		REFERENCES calendar_subscription (row_id) ON DELETE CASCADE,
	external_id     TEXT NOT NULL,           -- of the move
	sha256          BLOB NOT NULL,
	seen_at         INTEGER NOT NULL,        -- in the calendar, the last time
	PRIMARY KEY (subscription_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_event_external_id ON calendar_event (external_id);

-- Moves that ended before anybody could hear that no call met them.
INSERT OR IGNORE INTO webhook_position (name, value, after_id)
	VALUES ('move.expired_unused', unixepoch() * 1000, '');
