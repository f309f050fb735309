-- How redirects are put into words for callers of one network or listener, in
-- place of what the domain says.

CREATE TABLE peer_profile (
	row_id     INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	name       TEXT NOT NULL UNIQUE,
	preset     TEXT NOT NULL,           -- '': the style is nobody's preset
	network    TEXT NOT NULL,           -- canonical: '192.0.2.0/24'; '': any
	listener   TEXT NOT NULL,           -- 'udp:192.0.2.1:5060'; '': any
	enabled    INTEGER NOT NULL,
	note       TEXT NOT NULL,
	-- struct answer_style, as in domain
	style_status           INTEGER NOT NULL,
	style_contacts_max     INTEGER NOT NULL,
	style_one_header       INTEGER NOT NULL,
	style_contact_expires  INTEGER NOT NULL,
	style_diversion        INTEGER NOT NULL,
	style_history_info     INTEGER NOT NULL,
	style_cause            INTEGER NOT NULL,
	style_contact_template TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL,
	UNIQUE (network, listener)
) STRICT;
