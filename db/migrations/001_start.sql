-- The first shape of sipmoved.db. Times are Unix milliseconds, UTC. Every row
-- that a snapshot holds carries the revision of its last change.

CREATE TABLE meta (
	one      INTEGER PRIMARY KEY CHECK (one = 1),
	revision INTEGER NOT NULL,
	preset   TEXT NOT NULL,             -- '' once a rule was edited
	policy_revision INTEGER NOT NULL,
	epoch    TEXT NOT NULL              -- new after each restore
) STRICT;

CREATE TABLE domain (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	name       TEXT NOT NULL UNIQUE,    -- canonical
	note       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL
) STRICT;

CREATE TABLE address (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	uri        TEXT NOT NULL UNIQUE,    -- canonical
	domain_id  INTEGER REFERENCES domain (row_id), -- NULL: a tel: address
	note       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL
) STRICT;
CREATE INDEX address_domain ON address (domain_id, uri);

-- A cancelled move keeps its row: it is history. An address that was deleted
-- leaves its moves behind, so the move names it by text as well.
CREATE TABLE move (
	row_id       INTEGER PRIMARY KEY,
	id           TEXT NOT NULL UNIQUE,
	address      TEXT NOT NULL,         -- canonical
	starts_at    INTEGER NOT NULL,
	ends_at      INTEGER NOT NULL,      -- 9223372036854775807: open end
	time_zone    TEXT NOT NULL,         -- '' if none was meant
	permanent    INTEGER NOT NULL,
	note         TEXT NOT NULL,
	external_id  TEXT,
	cancelled_at INTEGER NOT NULL,      -- 0: not cancelled
	created_at   INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL,
	created_by   TEXT NOT NULL,
	revision     INTEGER NOT NULL,
	CHECK (ends_at > starts_at)
) STRICT;
CREATE INDEX move_address ON move (address, starts_at);
CREATE INDEX move_starts_at ON move (starts_at, id);
CREATE INDEX move_ends_at ON move (ends_at) WHERE cancelled_at = 0;
CREATE INDEX move_external_id_any ON move (external_id)
	WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX move_external_id ON move (external_id)
	WHERE external_id IS NOT NULL AND cancelled_at = 0;

CREATE TABLE move_target (
	move_id     INTEGER NOT NULL REFERENCES move (row_id) ON DELETE CASCADE,
	position    INTEGER NOT NULL,
	uri         TEXT NOT NULL,
	q_permille  INTEGER NOT NULL,
	-- canonical address of the target, '' if it has none: loops are looked
	-- for along it
	leads_to    TEXT NOT NULL,
	-- 'tel:+15550100' if it is a number's, else '': a call to it in a served
	-- domain is looked up under that as well
	leads_to_number TEXT NOT NULL,
	PRIMARY KEY (move_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX move_target_uri ON move_target (uri);
-- Targets that are numbers, by the domain they are asked of: when a domain
-- becomes served, moves to numbers in it may have closed a loop.
CREATE INDEX move_target_number_domain
	ON move_target (substr(leads_to, instr(leads_to, '@') + 1))
	WHERE leads_to_number <> '';

CREATE TABLE extension_rule (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	domain     TEXT NOT NULL,           -- canonical host, or '*'
	header     INTEGER NOT NULL,        -- enum extension_header
	tag        TEXT NOT NULL,           -- lower case, or '*'
	method     TEXT NOT NULL,           -- or '*'
	action     INTEGER NOT NULL,        -- enum extension_action
	enabled    INTEGER NOT NULL,
	note       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL,
	UNIQUE (domain, header, tag, method)
) STRICT;

CREATE TABLE token (
	row_id        INTEGER PRIMARY KEY,
	public_id     TEXT NOT NULL UNIQUE,
	name          TEXT NOT NULL,
	role          TEXT NOT NULL,
	scopes        INTEGER NOT NULL,
	secret_sha256 BLOB NOT NULL,
	created_at    INTEGER NOT NULL,
	expires_at    INTEGER NOT NULL,
	revoked_at    INTEGER NOT NULL,     -- 0: not revoked
	revision      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX token_name ON token (name) WHERE revoked_at = 0;

CREATE TABLE audit (
	row_id      INTEGER PRIMARY KEY,
	revision    INTEGER NOT NULL,
	at          INTEGER NOT NULL,
	actor_kind  TEXT NOT NULL,
	actor_name  TEXT NOT NULL,
	peer        TEXT NOT NULL,
	request_id  TEXT NOT NULL,
	action      TEXT NOT NULL,          -- 'move.create'
	object_id   TEXT NOT NULL,
	before      TEXT,                   -- JSON, NULL for a creation
	after       TEXT                    -- JSON, NULL for a removal
) STRICT;
CREATE INDEX audit_object ON audit (object_id, revision);
