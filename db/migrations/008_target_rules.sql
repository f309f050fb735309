-- Where calls may be sent: rules on targets by domain and by number, and what
-- holds where none of them says anything.

CREATE TABLE target_rule (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	action     INTEGER NOT NULL,        -- enum target_action
	kind       INTEGER NOT NULL,        -- enum target_kind
	value      TEXT NOT NULL,           -- canonical: '*.example.net', '+62'
	role       INTEGER NOT NULL,        -- enum target_role; 0: any
	enabled    INTEGER NOT NULL,
	note       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL,
	UNIQUE (kind, value, role)
) STRICT;

CREATE TABLE target_policy (
	one                   INTEGER PRIMARY KEY CHECK (one = 1),
	default_domain_action INTEGER NOT NULL, -- enum target_action
	default_number_action INTEGER NOT NULL,
	longest_move_days     INTEGER NOT NULL, -- 0: any length
	moves_per_user_max    INTEGER NOT NULL, -- 0: any number
	updated_at            INTEGER NOT NULL,
	revision              INTEGER NOT NULL
) STRICT;
INSERT INTO target_policy VALUES (1, 0, 0, 0, 0, 0, 1);

-- The role of who set the targets, '' if it is none that is known: by it they
-- are judged again when a call comes.
ALTER TABLE move ADD COLUMN set_by_role TEXT NOT NULL DEFAULT 'admin';
-- What moves_per_user_max counts.
CREATE INDEX move_created_by ON move (created_by, ends_at)
	WHERE cancelled_at = 0 AND set_by_role NOT IN ('admin', 'operator');
