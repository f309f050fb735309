-- Answers to POSTs that came with an Idempotency-Key, kept for a day so that the
-- same request, sent again, gets the same answer. The row is written with the
-- change itself: there is never one without the other.

CREATE TABLE idempotency (
	-- BLAKE2b of who asked, method, path and key
	key         BLOB PRIMARY KEY CHECK (length(key) = 32),
	fingerprint BLOB NOT NULL,          -- SHA-256 of the raw body
	status      INTEGER NOT NULL,
	-- headers and body, sealed under the key itself: it may show a secret
	sealed      BLOB NOT NULL,
	created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_created_at ON idempotency (created_at);

-- What has changed since a revision is read along it.
CREATE INDEX move_revision ON move (revision, id);
