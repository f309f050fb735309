-- People: who logs in, what they own, and their sessions. Times are Unix
-- milliseconds, UTC. Secrets are kept as hashes alone.

CREATE TABLE user (
	row_id              INTEGER PRIMARY KEY,
	id                  TEXT NOT NULL UNIQUE,
	name                TEXT NOT NULL UNIQUE,   -- to log in with; lower case
	display_name        TEXT NOT NULL,
	email               TEXT NOT NULL,          -- '': none
	role                TEXT NOT NULL,
	language            TEXT NOT NULL,          -- '': none
	time_zone           TEXT NOT NULL,          -- '': none
	enabled             INTEGER NOT NULL,
	password_hash       TEXT NOT NULL,          -- PHC string; '': none yet
	password_changed_at INTEGER NOT NULL,       -- 0: never
	totp_secret         BLOB,
	totp_confirmed      INTEGER NOT NULL DEFAULT 0,
	totp_step           INTEGER NOT NULL DEFAULT 0, -- last one that was used
	last_login_at       INTEGER NOT NULL,       -- 0: never
	created_at          INTEGER NOT NULL,
	updated_at          INTEGER NOT NULL,
	revision            INTEGER NOT NULL
) STRICT;

-- An address has at most one owner.
ALTER TABLE address ADD COLUMN owner_id INTEGER
	REFERENCES user (row_id) ON DELETE SET NULL;
CREATE INDEX address_owner ON address (owner_id, uri)
	WHERE owner_id IS NOT NULL;

CREATE TABLE session (
	row_id        INTEGER PRIMARY KEY,
	id            TEXT NOT NULL UNIQUE,
	user_id       INTEGER NOT NULL REFERENCES user (row_id) ON DELETE CASCADE,
	secret_sha256 BLOB NOT NULL UNIQUE,
	peer          TEXT NOT NULL,
	created_at    INTEGER NOT NULL,
	used_at       INTEGER NOT NULL,             -- to the minute
	expires_at    INTEGER NOT NULL              -- whatever is done in it
) STRICT;
CREATE INDEX session_user ON session (user_id);

-- Links that let a user set a password, once.
CREATE TABLE activation_link (
	row_id        INTEGER PRIMARY KEY,
	user_id       INTEGER NOT NULL REFERENCES user (row_id) ON DELETE CASCADE,
	secret_sha256 BLOB NOT NULL UNIQUE,
	created_at    INTEGER NOT NULL,
	expires_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX activation_link_user ON activation_link (user_id);

-- For who has lost the device that makes the codes; each is good once.
CREATE TABLE recovery_code (
	user_id       INTEGER NOT NULL REFERENCES user (row_id) ON DELETE CASCADE,
	code_sha256   BLOB NOT NULL,
	PRIMARY KEY (user_id, code_sha256)
) STRICT, WITHOUT ROWID;

-- A token that was given a new secret goes on with the old one for a while.
ALTER TABLE token ADD COLUMN old_secret_sha256 BLOB;
ALTER TABLE token ADD COLUMN old_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE token ADD COLUMN networks TEXT NOT NULL DEFAULT '';  -- '': any
ALTER TABLE token ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;
