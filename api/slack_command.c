#include "api/slack_command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/away_command.h"
#include "api/json_writer.h"
#include "api/query.h"
#include "api/zoned_time.h"
#include "base/utf8.h"

static const char help[] =
	"`%s sip:me@hotel.example.net until friday 18:00` sends your calls "
	"there; so do `+62811234567 for 2 days` and `from monday until "
	"2026-12-24`. `%s off` ends it, `%s` alone says what holds.";

void slack_command_clear(struct slack_command *command)
{
	move_import_clear(&command->import);
}

/* --- the form
 * ---------------------------------------------------------------------------
 */

static void take(const struct query_parameter *parameters, size_t count,
		 const char *name, char *buffer, size_t size)
{
	for (size_t i = 0; i < count; i++)
		if (text_equals(parameters[i].name, text_of(name)))
			text_copy(parameters[i].value, buffer, size);
}

int slack_command_read(struct slack_command *command, struct text form)
{
	struct query_parameter parameters[QUERY_PARAMETERS_MAX];
	char *memory = malloc(form.len + 1);
	size_t count = 0;

	if (!memory)
		return ENOMEM;
	text_copy(TEXT("/away"), command->name, sizeof(command->name));
	command->why = query_parse(form, memory, parameters, &count);
	if (!command->why) {
		take(parameters, count, "user_id", command->user_id,
		     sizeof(command->user_id));
		take(parameters, count, "command", command->name,
		     sizeof(command->name));
		take(parameters, count, "text", command->text,
		     sizeof(command->text));
		if (!command->user_id[0])
			command->why = "The form has no user_id.";
	}
	free(memory);
	return 0;
}

/* --- the reply
 * ----------------------------------------------------------------------------
 */

static void say(struct slack_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void say(struct slack_command *command, const char *format, ...)
{
	size_t len = strlen(command->reply);
	va_list args;

	va_start(args, format);
	vsnprintf(command->reply + len, sizeof(command->reply) - len, format,
		  args);
	va_end(args);
}

/* As the user's clock shows it; in UTC if their zone is not known here. */
static void say_time(struct slack_command *command, const char *zone,
		     int64_t time_ms)
{
	struct zoned_clock clock = { 0 };
	char text[ZONED_TIME_SIZE];

	if (!zone[0])
		zone = command->user.time_zone;
	if (!zone[0] || !zoned_time_format(&clock, zone, time_ms, text))
		timestamp_format(time_ms, text);
	zoned_clock_clear(&clock);
	say(command, "%.10s %.5s", text, text + 11);
	if (!zone[0])
		say(command, " UTC");
}

static void say_move(struct slack_command *command, const struct move *move)
{
	say(command, "Calls to %s go to ", move->address);
	for (size_t i = 0; i < move->target_count; i++)
		say(command, "%s%s", i > 0 ? ", " : "", move->targets[i].uri);
	if (move_state(move, move->updated_at_ms) == MOVE_SCHEDULED) {
		say(command, " from ");
		say_time(command, move->time_zone, move->starts_at_ms);
	}
	if (move->ends_at_ms != MOVE_OPEN_END) {
		say(command, " until ");
		say_time(command, move->time_zone, move->ends_at_ms);
	}
	say(command, ".\n");
}

/* Shown as it is: none of Slack's marks (&, <, >) may come from outside. */
static int keep_reply(struct slack_command *command,
		      struct inbound_event *event)
{
	struct json_writer writer = { 0 };
	char *json;
	size_t len = strlen(command->reply);
	int err;

	while (len > 0 && command->reply[len - 1] == '\n')
		command->reply[--len] = '\0';
	for (char *c = command->reply; *c; c++)
		if (*c == '<' || *c == '>' || *c == '&')
			*c = '\'';
	json_open_object(&writer, NULL);
	json_put_string(&writer, "response_type", TEXT("ephemeral"));
	json_put_string(&writer, "text", text_of(command->reply));
	json_close_object(&writer);
	err = json_writer_finish(&writer, &json, &len);
	if (err)
		return err;
	event->status = 200;
	if (!text_copy((struct text){ json, len }, event->result,
		       sizeof(event->result)))
		text_copy(TEXT("{\"response_type\":\"ephemeral\",\"text\":"
			       "\"Done.\"}"),
			  event->result, sizeof(event->result));
	free(json);
	return 0;
}

/* --- what is asked for
 * ----------------------------------------------------------------------- */

/* The user's moves that hold, or will. */
static int list_moves(struct changes *changes, struct move *moves,
		      size_t *ret_count)
{
	const struct move_filter filter = {
		.states = 1U << MOVE_ACTIVE | 1U << MOVE_SCHEDULED,
		.sort = MOVE_SORT_STARTS_AT,
		.limit = USER_ADDRESSES_MAX,
	};
	bool more;

	return move_list(changes, &filter, moves, ret_count, &more);
}

static int tell_status(struct slack_command *command, struct changes *changes,
		       bool ends_them)
{
	struct move *moves = calloc(USER_ADDRESSES_MAX, sizeof(*moves));
	size_t count = 0, told = 0;
	int err = moves ? list_moves(changes, moves, &count) : ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		bool is_active =
			move_is_active(&moves[i], changes_now_ms(changes));

		if (ends_them && !is_active)
			continue;
		/* What it says of a move is as of now. */
		moves[i].updated_at_ms = changes_now_ms(changes);
		if (ends_them) {
			err = move_end(changes, text_of(moves[i].id), 0,
				       &moves[i]);
			say(command, "Calls to %s reach you again.\n",
			    moves[i].address);
		} else {
			say_move(command, &moves[i]);
		}
		told++;
	}
	free(moves);
	if (!err && told == 0)
		say(command, "Your calls reach you as ever.");
	return err;
}

/* Each address of the user goes there, whatever held before. */
static int add_rows(struct slack_command *command,
		    const struct away_command *away, struct move_batch *batch)
{
	const struct user *user = &command->user;
	struct move move = { .target_count = 1,
			     .starts_at_ms = away->starts_at_ms,
			     .ends_at_ms = away->ends_at_ms };
	const struct move_intent intent = { 0 };
	int err = 0;

	text_copy(text_of(away->target), move.targets[0].uri,
		  sizeof(move.targets[0].uri));
	move.targets[0].q_permille = 1000;
	text_copy(text_of(user->time_zone), move.time_zone,
		  sizeof(move.time_zone));
	for (size_t i = 0; !err && i < user->address_count; i++) {
		uint32_t row = (uint32_t)i + 1;

		text_copy(text_of(user->addresses[i]), move.address,
			  sizeof(move.address));
		err = move_batch_add(batch, &move,
				     &(struct move_place){ row, row }, &intent);
	}
	return err;
}

static void say_errors(struct slack_command *command)
{
	const struct move_import *import = &command->import;

	for (size_t i = 0; i < import->kept_count; i++) {
		const struct move_import_error *error = &import->errors[i];

		say(command, "%s was not forwarded: %s %s\n",
		    command->user.addresses[error->place.row - 1],
		    error->member[0] ? error->member + 1 : "", error->detail);
	}
}

static int set_moves(struct slack_command *command, struct changes *changes,
		     const struct away_command *away)
{
	const struct move_import_options options = { 0 };
	struct move_batch batch = { 0 };
	int err = add_rows(command, away, &batch);

	command->import.on_conflict = MOVE_IMPORT_REPLACE;
	if (!err)
		err = move_import_apply(changes, &command->import, &batch,
					&options);
	move_batch_clear(&batch);
	if (err)
		return err;
	say_errors(command);
	return command->import.created > 0
		       ? tell_status(command, changes, false)
		       : 0;
}

/* --- for whom
 * ----------------------------------------------------------------------------------
 */

/* From here on it is the user who acts, and is held to what is theirs. */
static void be_user(struct changes *changes, const struct user *user)
{
	changes_set_actor(changes, &(struct actor){ .kind = "source",
						    .name = user->name,
						    .role = user->role,
						    .owner_id = user->id,
						    .user_id = user->id });
}

static int run_away(struct slack_command *command, struct changes *changes,
		    const struct away_command *away)
{
	switch (away->verb) {
	case AWAY_STATUS:
		return tell_status(command, changes, false);
	case AWAY_OFF:
		return tell_status(command, changes, true);
	case AWAY_HELP:
		say(command, help, command->name, command->name, command->name);
		return 0;
	case AWAY_SET:
		break;
	}
	return set_moves(command, changes, away);
}

static int run_text(struct slack_command *command, struct changes *changes,
		    bool *ret_done)
{
	struct time_zone *zone = NULL;
	struct away_command away;
	char why[AWAY_WHY_SIZE];
	int err = 0;

	/* One that this system does not know any more reads as UTC. */
	if (command->user.time_zone[0] &&
	    time_zone_open(text_of(command->user.time_zone), &zone))
		zone = NULL;
	*ret_done = away_command_parse(text_of(command->text),
				       changes_now_ms(changes), zone, &away,
				       why);
	time_zone_close(zone);
	if (!*ret_done) {
		say(command, "%s", why);
		return 0;
	}
	be_user(changes, &command->user);
	err = run_away(command, changes, &away);
	*ret_done = command->import.failed == 0;
	return err;
}

static int run(struct slack_command *command, struct changes *changes,
	       bool *ret_done)
{
	int err;

	*ret_done = false;
	if (command->why) {
		say(command, "%s", command->why);
		return 0;
	}
	err = user_find_external(changes, text_of(command->user_id),
				 &command->user);
	if (err && err != ENOENT)
		return err;
	if (err || !command->user.enabled)
		say(command,
		    "I do not know you yet: an administrator sets your user's "
		    "external_id to %s.",
		    command->user_id);
	else if (command->user.address_count == 0)
		say(command, "You have no address here yet; an administrator "
			     "gives you one.");
	else
		return run_text(command, changes, ret_done);
	return 0;
}

int slack_command_apply(struct slack_command *command, struct changes *changes,
			struct inbound_event *event)
{
	bool done;
	int err = run(command, changes, &done);

	if (err)
		return err;
	event->outcome = done ? INBOUND_APPLIED : INBOUND_REFUSED;
	return keep_reply(command, event);
}
