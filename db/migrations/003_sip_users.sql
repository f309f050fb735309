-- Digest authentication (RFC 3261 22, RFC 8760). Passwords are not stored: each
-- ha1 is H(username ":" domain ":" password).

CREATE TABLE domain_authentication (
	domain_id     INTEGER PRIMARY KEY
		REFERENCES domain (row_id) ON DELETE CASCADE,
	required      INTEGER NOT NULL,
	algorithms    INTEGER NOT NULL,     -- bits 1 << enum digest_algorithm
	nonce_seconds INTEGER NOT NULL,
	require_qop   INTEGER NOT NULL,
	bind_nonce    INTEGER NOT NULL,     -- to the source's address
	updated_at    INTEGER NOT NULL,
	revision      INTEGER NOT NULL
) STRICT;

CREATE TABLE sip_user (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	domain_id  INTEGER NOT NULL REFERENCES domain (row_id),
	username   TEXT NOT NULL,
	note       TEXT NOT NULL,
	ha1_sha512_256 BLOB NOT NULL,
	ha1_sha256 BLOB NOT NULL,
	ha1_md5    BLOB NOT NULL,
	password_changed_at INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL,
	UNIQUE (domain_id, username)
) STRICT;
