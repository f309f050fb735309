/*
 * What events say of moves, the policy and imports: webhook_outbox.h.
 */
#include "db/webhook_outbox.h"

#include "db/changes_state.h"
#include "db/move_boundaries.h"
#include "db/move_import.h"
#include "db/move_links.h"

#include "db/backup.h"

#include <errno.h>
#include <stdlib.h>

static int put_member(struct changes *changes, const char *name,
		      const char *json, char **data)
{
	const char *const texts[] = { *data, name, json, NULL };
	char *whole = NULL;
	int err = webhook_json(changes,
			       "SELECT json_set(?1, '$.' || ?2, json(?3))",
			       texts, &whole);

	if (err)
		return err;
	free(*data);
	*data = whole;
	return 0;
}

/* Members that are others now; each with what it was, and is. */
static int put_changes(struct changes *changes, const struct move *was,
		       char **data)
{
	char *before = NULL, *differences = NULL;
	int err = changes->documents->move(was, changes->now_ms, &before);

	if (!err) {
		const char *const texts[] = { before, *data, NULL };

		err = webhook_json(
			changes,
			"SELECT json_group_object(key, json_object("
			"'from', json(?1 -> key), 'to', json(?2 -> key))) "
			"FROM json_each(?2) WHERE (?1 -> key) IS NOT "
			"(?2 -> key) AND key NOT IN ('updated_at', 'revision')",
			texts, &differences);
	}
	if (!err)
		err = put_member(changes, "changes", differences, data);
	free(differences);
	free(before);
	return err;
}

static bool is_reminder(enum webhook_event_type type)
{
	return type == WEBHOOK_MOVE_STARTING_SOON ||
	       type == WEBHOOK_MOVE_ENDING_SOON;
}

static int put_links(struct changes *changes, const struct move *move,
		     char **data)
{
	char *links = NULL;
	int err = move_links_make(changes, move, &links);

	if (!err)
		err = put_member(changes, "links", links, data);
	free(links);
	return err;
}

static int write_move(struct changes *changes,
		      struct webhook_event_draft *draft, const struct move *was,
		      const struct move *move)
{
	char *data = NULL;
	bool is_wanted = false;
	int err = webhook_is_wanted(changes, draft->type, &is_wanted);

	if (err || !is_wanted)
		return err;
	/* As it is at the time that is told, however late that is. */
	err = changes->documents->move(move, draft->at_ms, &data);
	if (!err && was)
		err = put_changes(changes, was, &data);
	if (!err && is_reminder(draft->type))
		err = put_links(changes, move, &data);
	draft->object_id = move->id;
	draft->revision = move->revision;
	draft->data = data;
	if (!err)
		err = webhook_event_write(changes, draft);
	free(data);
	return err;
}

int webhook_move_changed(struct changes *changes, enum webhook_event_type type,
			 const struct move *was, const struct move *move)
{
	struct webhook_event_draft draft = { .type = type,
					     .at_ms = changes->now_ms };
	bool has_takers = false;
	int err = webhook_has_takers(changes, &has_takers);

	if (err || !has_takers || !changes->documents)
		return err;
	err = write_move(changes, &draft, was, move);
	return err ? err : move_boundaries_changed(changes, was, move);
}

int webhook_move_passed(struct changes *changes, enum webhook_event_type type,
			const struct move *move, int64_t at_ms)
{
	struct webhook_event_draft draft = { .type = type, .at_ms = at_ms };

	return changes->documents ? write_move(changes, &draft, NULL, move) : 0;
}

int webhook_policy_changed(struct changes *changes)
{
	static const char sql[] =
		"SELECT json_object('preset', nullif(preset, ''), 'revision', "
		"cast(policy_revision AS TEXT), 'rule_count', (SELECT count(*) "
		"FROM extension_rule), 'version', (SELECT max(number) FROM "
		"policy_version)) FROM meta WHERE one = 1";
	const char *const texts[] = { NULL };
	struct webhook_event_draft draft = {
		.type = WEBHOOK_POLICY_UPDATED,
		.object_id = "extension-policy",
		.revision = changes_revision(changes),
		.at_ms = changes->now_ms,
	};
	char *data = NULL;
	int err = webhook_json(changes, sql, texts, &data);

	draft.data = data;
	if (!err)
		err = webhook_event_write(changes, &draft);
	free(data);
	return err;
}

int webhook_import_done(struct changes *changes,
			const struct move_import *import)
{
	struct webhook_event_draft draft = {
		.type = WEBHOOK_IMPORT_COMPLETED,
		.object_id = import->id,
		.revision = import->revision,
		.at_ms = changes->now_ms,
	};
	char *data = NULL;
	int err;

	if (!changes->documents)
		return 0;
	err = changes->documents->move_import(import, &data);
	draft.data = data;
	if (!err)
		err = webhook_event_write(changes, &draft);
	free(data);
	return err;
}

int webhook_backup_ended(struct changes *changes, const struct backup *backup,
			 int backup_err)
{
	struct webhook_event_draft draft = {
		.type = backup_err ? WEBHOOK_BACKUP_FAILED
				   : WEBHOOK_BACKUP_COMPLETED,
		.object_id = "",
		.at_ms = changes->now_ms,
	};
	char *data = NULL;
	int err;

	if (!changes->documents)
		return 0;
	if (backup_err) {
		const char *const texts[] = { backup->is_scheduled ? "true"
								   : "false",
					      backup->created_by,
					      backup_err == ENOSPC ? "disk_full"
					      : backup_err == EBADMSG
						      ? "database_damaged"
						      : "input_output",
					      NULL };

		err = webhook_json(changes,
				   "SELECT json_object('scheduled', json(?1), "
				   "'created_by', ?2, 'reason', ?3)",
				   texts, &data);
	} else {
		err = changes->documents->backup(backup, &data);
	}
	draft.data = data;
	if (!err)
		err = webhook_event_write(changes, &draft);
	free(data);
	return err;
}
