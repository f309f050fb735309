#include "db/changes_state.h"

#include <errno.h>
#include <stdlib.h>

enum {
	/* A group often touches one address again and again. */
	TOUCHED_LOOK_BACK = 64,
};

static const struct actor nobody = { "system", "", "", "", "admin", "", "" };

static const char *or_empty(const char *string)
{
	return string ? string : "";
}

void changes_set_actor(struct changes *changes, const struct actor *actor)
{
	changes->actor.kind = actor->kind ? actor->kind : nobody.kind;
	changes->actor.name = or_empty(actor->name);
	changes->actor.peer = or_empty(actor->peer);
	changes->actor.request_id = or_empty(actor->request_id);
	changes->actor.role = or_empty(actor->role);
	changes->actor.owner_id = or_empty(actor->owner_id);
	changes->actor.user_id = or_empty(actor->user_id);
}

int64_t changes_now_ms(const struct changes *changes)
{
	return changes->now_ms;
}

int changes_position(struct changes *changes,
		     struct change_position *ret_position)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT epoch FROM meta WHERE one = 1",
				     &statement);

	if (err)
		return err;
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return EBADMSG;
	text_copy(statement_text(statement, 0), ret_position->epoch,
		  sizeof(ret_position->epoch));
	ret_position->revision = changes->last_revision;
	return statement_finish(statement);
}

void changes_begin(struct changes *changes, int64_t now_ms)
{
	changes->actor = nobody;
	changes->now_ms = now_ms;
	changes->revision = 0;
}

struct changes_mark changes_mark(const struct changes *changes)
{
	return (struct changes_mark){
		.touched_address_count = changes->touched_addresses.count,
		.touched_user_count = changes->touched_users.count,
		.touched_domains = changes->touched_domains,
		.touched_rules = changes->touched_rules,
		.touched_tokens = changes->touched_tokens,
		.touched_sources = changes->touched_sources,
		.touched_peer_profiles = changes->touched_peer_profiles,
		.touched_targets = changes->touched_targets,
		.touched_sip_users = changes->touched_sip_users,
		.touched_sessions = changes->touched_sessions,
		.touched_quietly = changes->touched_quietly,
		.touched_outbox = changes->touched_outbox,
		.touched_calendars = changes->touched_calendars,
	};
}

/* What was read of rows that are others now. */
static void forget_read(struct changes *changes)
{
	changes->user_case = CASE_NOT_ASKED;
	free(changes->pending_screen);
	changes->pending_screen = NULL;
}

void changes_touch_targets(struct changes *changes)
{
	changes->touched_targets = true;
	forget_read(changes);
}

void changes_rewind(struct changes *changes, const struct changes_mark *mark)
{
	forget_read(changes);
	changes->touched_addresses.count = mark->touched_address_count;
	changes->touched_users.count = mark->touched_user_count;
	changes->touched_domains = mark->touched_domains;
	changes->touched_rules = mark->touched_rules;
	changes->touched_tokens = mark->touched_tokens;
	changes->touched_sources = mark->touched_sources;
	changes->touched_peer_profiles = mark->touched_peer_profiles;
	changes->touched_targets = mark->touched_targets;
	changes->touched_sip_users = mark->touched_sip_users;
	changes->touched_sessions = mark->touched_sessions;
	changes->touched_quietly = mark->touched_quietly;
	changes->touched_outbox = mark->touched_outbox;
	changes->touched_calendars = mark->touched_calendars;
}

void changes_clear(struct changes *changes)
{
	free(changes->touched_addresses.list);
	free(changes->touched_users.list);
	changes->touched_addresses = (struct touched_names){ 0 };
	changes->touched_users = (struct touched_names){ 0 };
	changes_rewind(changes, &(struct changes_mark){ 0 });
}

int changes_may_grow(const struct changes *changes)
{
	return changes->is_low_on_disk ? ENOSPC : 0;
}

int64_t changes_revision(struct changes *changes)
{
	if (!changes->revision)
		changes->revision = changes->last_revision + 1;
	return changes->revision;
}

static bool was_just_touched(const struct touched_names *touched,
			     struct text name)
{
	size_t count = touched->count;
	size_t from = count > TOUCHED_LOOK_BACK ? count - TOUCHED_LOOK_BACK : 0;

	for (size_t i = from; i < count; i++)
		if (text_equals(text_of(touched->list[i]), name))
			return true;
	return false;
}

static int touch(struct touched_names *touched, struct text name)
{
	if (was_just_touched(touched, name))
		return 0;
	if (touched->count == touched->size) {
		size_t size = touched->size ? 2 * touched->size : 64;
		void *larger = reallocarray(touched->list, size,
					    sizeof(*touched->list));

		if (!larger)
			return ENOMEM;
		touched->list = larger;
		touched->size = size;
	}
	text_copy(name, touched->list[touched->count++],
		  sizeof(touched->list[0]));
	return 0;
}

int changes_touch_address(struct changes *changes, const char *canonical)
{
	return touch(&changes->touched_addresses, text_of(canonical));
}

int changes_touch_user(struct changes *changes, const char *name)
{
	return touch(&changes->touched_users, text_of(name));
}
