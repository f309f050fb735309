-- Who is answered at all: rules by network and listener, bans that end by
-- themselves, patterns of scanners, and the limit per network.

CREATE TABLE source_rule (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	network    TEXT NOT NULL,           -- canonical: '192.0.2.0/24'
	listener   TEXT NOT NULL,           -- 'udp:192.0.2.1:5060'; '': any
	action     INTEGER NOT NULL,        -- enum source_action
	enabled    INTEGER NOT NULL,
	note       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL,
	UNIQUE (network, listener)
) STRICT;

CREATE TABLE source_ban (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	network    TEXT NOT NULL UNIQUE,    -- canonical
	expires_at INTEGER NOT NULL,        -- 9223372036854775807: no end
	reason     TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL
) STRICT;
CREATE INDEX source_ban_expires_at ON source_ban (expires_at);

CREATE TABLE scanner_pattern (
	row_id      INTEGER PRIMARY KEY,
	id          TEXT NOT NULL UNIQUE,
	header      INTEGER NOT NULL,       -- enum scanner_header
	match       INTEGER NOT NULL,       -- enum scanner_match
	text        TEXT NOT NULL,          -- compared without case
	action      INTEGER NOT NULL,       -- enum scanner_action
	ban_seconds INTEGER NOT NULL,       -- 0 unless the action is a ban
	enabled     INTEGER NOT NULL,
	note        TEXT NOT NULL,
	created_at  INTEGER NOT NULL,
	updated_at  INTEGER NOT NULL,
	revision    INTEGER NOT NULL,
	UNIQUE (header, match, text)
) STRICT;

CREATE TABLE source_limit (
	one              INTEGER PRIMARY KEY CHECK (one = 1),
	enabled          INTEGER NOT NULL,
	rate             INTEGER NOT NULL,  -- messages a second
	burst            INTEGER NOT NULL,
	slip             INTEGER NOT NULL,  -- 1 in so many is answered; 0: none
	ipv4_prefix_bits INTEGER NOT NULL,
	ipv6_prefix_bits INTEGER NOT NULL,
	limit_private    INTEGER NOT NULL,
	drop_unserved_ip_uris INTEGER NOT NULL,
	updated_at       INTEGER NOT NULL,
	revision         INTEGER NOT NULL
) STRICT;
INSERT INTO source_limit VALUES (1, 1, 500, 2000, 10, 24, 56, 0, 0, 0, 1);
