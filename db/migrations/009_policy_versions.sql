-- Every extension policy that was in force, to compare with and to go back to.

CREATE TABLE policy_version (
	number        INTEGER PRIMARY KEY,
	revision      INTEGER NOT NULL,     -- of the change that made it
	at            INTEGER NOT NULL,
	actor_kind    TEXT NOT NULL,
	actor_name    TEXT NOT NULL,
	preset        TEXT NOT NULL,        -- '': the rules are nobody's preset
	note          TEXT NOT NULL,
	restored_from INTEGER NOT NULL,     -- 0: not by going back
	rule_count    INTEGER NOT NULL,
	added         INTEGER NOT NULL,     -- beside the version before it
	changed       INTEGER NOT NULL,
	removed       INTEGER NOT NULL
) STRICT;

-- A rule as it was from one version on until another, which has it no more, or
-- otherwise: what does not change is not written again.
CREATE TABLE policy_version_rule (
	row_id        INTEGER PRIMARY KEY,
	from_version  INTEGER NOT NULL,
	until_version INTEGER NOT NULL,     -- 9223372036854775807: it holds still
	rule_id       TEXT NOT NULL,
	domain        TEXT NOT NULL,
	header        INTEGER NOT NULL,
	tag           TEXT NOT NULL,
	method        TEXT NOT NULL,
	action        INTEGER NOT NULL,
	enabled       INTEGER NOT NULL,
	note          TEXT NOT NULL,
	created_at    INTEGER NOT NULL,
	updated_at    INTEGER NOT NULL,
	revision      INTEGER NOT NULL
) STRICT;
CREATE INDEX policy_version_rule_until
	ON policy_version_rule (until_version, rule_id);
CREATE INDEX policy_version_rule_from ON policy_version_rule (from_version);

-- What is in force becomes version 1.
INSERT INTO policy_version
	SELECT 1, policy_revision, coalesce((SELECT max(updated_at)
		FROM extension_rule), unixepoch() * 1000), 'system', '', preset,
		'', 0, (SELECT count(*) FROM extension_rule),
		(SELECT count(*) FROM extension_rule), 0, 0 FROM meta;
INSERT INTO policy_version_rule (from_version, until_version, rule_id, domain,
		header, tag, method, action, enabled, note, created_at,
		updated_at, revision)
	SELECT 1, 9223372036854775807, id, domain, header, tag, method, action,
		enabled, note, created_at, updated_at, revision
		FROM extension_rule;
