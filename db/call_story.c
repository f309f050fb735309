#include "db/call_story.h"
#include "db/changes_state.h"

#include <errno.h>
#include <string.h>

/* Everything that makes or changes a rule. */
static const char *const policy_actions[] = {
	"extension_policy.replace", "extension_policy.restore",
	"extension_rule.create",    "extension_rule.update",
	"extension_rule.delete",    NULL,
};

/* What is not there is no error: nothing is told of it. */
static int settle(struct call_story_part *part, int err)
{
	part->has_event = err == 0;
	return err == ENOENT ? 0 : err;
}

static int read_object(struct changes *changes, int64_t revision,
		       struct call_story_part *part)
{
	if (part->id[0] == '\0')
		return 0;
	return settle(part,
		      audit_event_last_of(changes, text_of(part->id), revision,
					  &part->event, &part->changed_since));
}

/* sql gives one id. */
static int find_id(struct changes *changes, const char *sql, struct text text,
		   int64_t time_ms, char ret_id[OBJECT_ID_SIZE])
{
	sqlite3_stmt *statement;
	bool row = false;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, text);
	sqlite3_bind_int64(statement, 2, time_ms);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	text_copy(statement_text(statement, 0), ret_id, OBJECT_ID_SIZE);
	return statement_finish(statement);
}

static int find_previous_move(struct changes *changes,
			      const struct redirect_log_entry *entry,
			      struct call_story_part *part)
{
	if (entry->move_id[0] != '\0' || entry->address[0] == '\0')
		return 0;
	return find_id(changes,
		       "SELECT id FROM move"
		       " WHERE address = ?1 AND starts_at <= ?2"
		       " ORDER BY starts_at DESC LIMIT 1",
		       text_of(entry->address), entry->received_at_us / 1000,
		       part->id);
}

static int find_domain(struct changes *changes,
		       const struct redirect_log_entry *entry,
		       struct call_story_part *part)
{
	const char *at = strrchr(entry->address, '@');

	if (!at)
		return 0;
	return find_id(changes,
		       "SELECT id FROM domain WHERE name = ?1"
		       " AND created_at <= ?2",
		       text_of(at + 1), entry->received_at_us / 1000, part->id);
}

int call_story_read(struct changes *changes,
		    const struct redirect_log_entry *entry,
		    struct call_story *story)
{
	int err;

	text_copy(text_of(entry->move_id), story->move.id,
		  sizeof(story->move.id));
	text_copy(TEXT("extension-policy"), story->policy.id,
		  sizeof(story->policy.id));
	err = find_previous_move(changes, entry, &story->previous_move);
	if (!err)
		err = find_domain(changes, entry, &story->domain);
	if (!err)
		err = read_object(changes, entry->revision, &story->move);
	if (!err)
		err = read_object(changes, entry->revision,
				  &story->previous_move);
	if (!err)
		err = read_object(changes, entry->revision, &story->domain);
	if (err)
		return err;
	return settle(&story->policy,
		      audit_event_last_action(changes, policy_actions,
					      entry->revision,
					      &story->policy.event,
					      &story->policy.changed_since));
}

void call_story_clear(struct call_story *story)
{
	audit_event_clear(&story->move.event);
	audit_event_clear(&story->previous_move.event);
	audit_event_clear(&story->domain.event);
	audit_event_clear(&story->policy.event);
}
