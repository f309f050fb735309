-- What an owner is shown: the changes of what is theirs, whoever made them.
-- Whose address it was when it was changed: the id of a user; '': nobody's.
ALTER TABLE audit ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN actor_role TEXT NOT NULL DEFAULT ''; -- '': not told
UPDATE audit SET owner = foreign_owner WHERE foreign_owner <> '';
CREATE INDEX audit_owner ON audit (owner) WHERE owner <> '';

-- Who made the last change, and whether the address was another user's.
ALTER TABLE move ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';
ALTER TABLE move ADD COLUMN updated_by_other INTEGER NOT NULL DEFAULT 0;
UPDATE move SET (updated_by, updated_by_other) = (
	SELECT actor_name, foreign_owner <> '' FROM audit
	WHERE object_id = move.id ORDER BY revision DESC, row_id DESC LIMIT 1)
	WHERE EXISTS (SELECT 1 FROM audit WHERE object_id = move.id);
UPDATE move SET updated_by = created_by WHERE updated_by = '';

-- A token of a user's own. Names are unique among those of one user, and among
-- those of nobody.
ALTER TABLE token ADD COLUMN user_id INTEGER
	REFERENCES user (row_id) ON DELETE CASCADE;
CREATE INDEX token_user ON token (user_id) WHERE user_id IS NOT NULL;
DROP INDEX token_name;
CREATE UNIQUE INDEX token_name ON token (name, coalesce(user_id, 0))
	WHERE revoked_at = 0;
